"""All settings; everything that differs between installations comes from the environment."""

from pathlib import Path

import environ
from celery.schedules import crontab
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from loyalty.worker_policy import add_policy
from operations import logs

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()

PRODUCT_NAME = "Punktwerk"
DEBUG = env.bool("DEBUG", default=False)
# On a developer's machine and in tests: plain http, and static files straight from their source.
DEVELOPMENT = env.bool("DEVELOPMENT", default=False)
SECRET_KEY = env("SECRET_KEY")
# Keys of before: what they signed or encrypted stays readable until it is written anew.
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])
BASE_DOMAIN = env("BASE_DOMAIN")
VAR_DIR = Path(env("VAR_DIR", default=str(BASE_DIR / "var")))
PUBLIC_SCHEME = env("PUBLIC_SCHEME", default="http" if DEVELOPMENT else "https")
HTTPS = PUBLIC_SCHEME == "https"
if DEVELOPMENT and HTTPS:
    raise ImproperlyConfigured("DEVELOPMENT is for plain http on a developer's machine: unset it")

# Who offers the product, as its imprint must name them.
OPERATOR = {
    name: env(f"OPERATOR_{name.upper()}", default="")
    for name in ("name", "represented_by", "street", "city", "email", "phone", "register", "vat_id")
}

# Custom domains: the host middleware, not this list, refuses what is not a shop's.
ALLOWED_HOSTS = ["*"]

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "rest_framework",
    "drf_spectacular",
    # Both packages' default configurations overwrite each other's template loaders.
    "django_cotton.apps.SimpleAppConfig",
    "template_partials.apps.SimpleAppConfig",
    # Bottom layer first: reactions inside a transaction run in this order.
    "tenants",
    "events",
    "team",
    "legal",
    "customers",
    "messaging",
    "ledger",
    "programs",
    "rewards",
    "feedback",
    "referrals",
    "analytics",
    "imports",
    "api",
    "backoffice",
    "checkout",
    "portal",
    "public",
    "operations",
]

MIDDLEWARE = [
    "operations.probes.ProbeMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "operations.requests.RequestMiddleware",
    "csp.middleware.CSPMiddleware",
    "tenants.hosts.HostMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "tenants.hosts.SessionTenantMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "tenants.routes.StatedCapabilityMiddleware",
    "tenants.hosts.ScopeMiddleware",
    "tenants.error_pages.RefusalMiddleware",
]

ROOT_URLCONF = "loyalty.urls"
PUBLIC_URLCONF = "loyalty.public_urls"
WSGI_APPLICATION = "loyalty.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "OPTIONS": {
            "loaders": [
                (
                    "template_partials.loader.Loader",
                    [
                        (
                            "django.template.loaders.cached.Loader",
                            [
                                "django_cotton.cotton_loader.Loader",
                                "django.template.loaders.filesystem.Loader",
                                "django.template.loaders.app_directories.Loader",
                            ],
                        )
                    ],
                )
            ],
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "tenants.context.shop",
            ],
            "builtins": ["django_cotton.templatetags.cotton", "template_partials.templatetags.partials"],
        },
    }
]
COTTON_DIR = "components"

# The role this process connects as: `app` for web and workers, `migrator` for the release step.
DATABASES = {"default": env.db("DATABASE_URL", engine="tenants.postgresql")}
DATABASES["default"]["OPTIONS"] = {
    **DATABASES["default"].get("OPTIONS", {}),  # what the URL says, as sslmode=verify-full
    "options": f"-c statement_timeout={env('DB_STATEMENT_TIMEOUT', default='30s')}"
    " -c lock_timeout=5s -c idle_in_transaction_session_timeout=60s",
}
if env.bool("DB_POOL", default=True):
    DATABASES["default"]["OPTIONS"]["pool"] = {
        "min_size": 1,
        "max_size": env.int("DB_POOL_MAX", default=8),
        "timeout": 10,
    }
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = env("REDIS_URL")
REDIS_KEY_PREFIX = env("REDIS_KEY_PREFIX", default="")
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": f"{REDIS_KEY_PREFIX}cache",
    }
}

CELERY_BROKER_URL = REDIS_URL
CELERY_BROKER_TRANSPORT_OPTIONS = {"visibility_timeout": 3600, "global_keyprefix": f"{REDIS_KEY_PREFIX}celery:"}
CELERY_TASK_DEFAULT_QUEUE = "celery"
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TIMEZONE = "UTC"
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BEAT_SCHEDULE = {
    "relay": {"task": "events.tasks.relay", "schedule": 1.0, "options": {"expires": 5}},
    "sweep": {"task": "events.tasks.sweep", "schedule": 600.0, "options": {"expires": 600}},
    # Ticks in UTC; which jobs are due is computed in each tenant's own time zone.
    "tick": {"task": "events.tasks.tick", "schedule": 300.0, "options": {"expires": 300}},
    "resume-imports": {"task": "imports.tasks.resume_all", "schedule": 300.0, "options": {"expires": 300}},
    "heartbeat": {"task": "operations.tasks.heartbeat", "schedule": 10.0, "options": {"expires": 10}},
    "backlog": {"task": "operations.tasks.take_backlog", "schedule": 60.0, "options": {"expires": 60}},
    "sessions": {"task": "operations.tasks.purge_sessions", "schedule": crontab(hour=2, minute=20)},
}

AUTH_USER_MODEL = "tenants.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
# An address is changed, not collected: the new one takes the old one's place once it is confirmed.
ACCOUNT_CHANGE_EMAIL = True
# Mails say that a password or a second factor has changed.
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
# Only in the browser that signed up.
ACCOUNT_LOGIN_ON_EMAIL_CONFIRMATION = True
ACCOUNT_ADAPTER = "tenants.accounts.AccountAdapter"
ACCOUNT_DEFAULT_HTTP_PROTOCOL = PUBLIC_SCHEME
# A shop is one IP address: the per-address limits are wide, the per-account ones stay.
ACCOUNT_RATE_LIMITS = {"login": "120/m/ip", "login_failed": "60/m/ip,5/5m/key"}
# How many proxies of ours stand in front; production has to say so, and 0 trusts none.
TRUSTED_PROXY_COUNT = env.int("TRUSTED_PROXY_COUNT", default=None)
ALLAUTH_TRUSTED_PROXY_COUNT = TRUSTED_PROXY_COUNT or 0
MFA_ADAPTER = "tenants.accounts.MFAAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_FORMS = {
    "authenticate": "public.forms.SecondStepForm",
    "reauthenticate": "public.forms.ConfirmWithCodeForm",
    "activate_totp": "public.forms.SetUpAppForm",
    "add_webauthn": "public.forms.AddPasskeyForm",
}
MFA_RATE_LIMITS = {"webauthn_login": "60/m/ip"}
# The address of an account can change although it has a second factor.
MFA_ALLOW_UNVERIFIED_EMAIL = True
# A clock may go half a minute wrong.
MFA_TOTP_TOLERANCE = 1
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/shops/"
ACCOUNT_SIGNUP_REDIRECT_URL = "/open/"
LOGOUT_REDIRECT_URL = "/"

LANGUAGE_CODE = "de"
LANGUAGES = [("de", "Deutsch"), ("de-informal", "Deutsch (du)"), ("en", "English")]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"

STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = Path(env("STATIC_ROOT", default=str(VAR_DIR / "static")))
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEVELOPMENT
        else "loyalty.static_files.HashedModulesStorage"
    },
}
WHITENOISE_USE_FINDERS = DEVELOPMENT
WHITENOISE_AUTOREFRESH = DEVELOPMENT
WHITENOISE_ADD_HEADERS_FUNCTION = add_policy

EMAIL_CONFIG = env.email_url("EMAIL_URL", default="consolemail://")
vars().update(EMAIL_CONFIG)
# A mail server that does not answer must not hold a worker for ever.
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = env("DEFAULT_FROM_EMAIL", default=f"{PRODUCT_NAME} <noreply@{BASE_DOMAIN.partition(':')[0]}>")

DATA_UPLOAD_MAX_MEMORY_SIZE = 1_000_000
FILE_UPLOAD_HANDLERS = ["tenants.uploads.NamelessUploadHandler"]
# Who may read the figures at /metrics; without it nobody.
METRICS_TOKEN = env("METRICS_TOKEN", default="")
API_REQUESTS_PER_MINUTE = env.int("API_REQUESTS_PER_MINUTE", default=1200)
COOKIE_PREFIX = "__Host-" if HTTPS else ""
SESSION_COOKIE_NAME = f"{COOKIE_PREFIX}session"
SESSION_COOKIE_SECURE = HTTPS
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_NAME = f"{COOKIE_PREFIX}csrf"
CSRF_COOKIE_SECURE = HTTPS
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "tenants.error_pages.csrf_failure"
LANGUAGE_COOKIE_NAME = f"{COOKIE_PREFIX}language"
LANGUAGE_COOKIE_SECURE = HTTPS
LANGUAGE_COOKIE_HTTPONLY = True
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
# A shop's own domain has neighbours that are not ours: the host middleware says more on the base domain alone.
SECURE_HSTS_INCLUDE_SUBDOMAINS = False
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if ALLAUTH_TRUSTED_PROXY_COUNT else None

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "worker-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}

REST_FRAMEWORK = {
    # Who is asking and what they may do is settled by the route before a view runs.
    "DEFAULT_AUTHENTICATION_CLASSES": [],
    "DEFAULT_PERMISSION_CLASSES": [],
    "UNAUTHENTICATED_USER": None,
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_SCHEMA_CLASS": "api.schema.ContractSchema",
    "EXCEPTION_HANDLER": "api.problems.problem_response",
    "COERCE_DECIMAL_TO_STRING": True,
}
SPECTACULAR_SETTINGS = {
    "TITLE": f"{PRODUCT_NAME} API",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "SERVE_INCLUDE_SCHEMA": False,
    "ENUM_ADD_EXPLICIT_BLANK_NULL_CHOICE": False,
    # The labels are for pages, and in the language of whoever writes the document.
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
    "POSTPROCESSING_HOOKS": ["drf_spectacular.hooks.postprocess_schema_enums", "api.schema.complete"],
}

LOGGING = logs.configuration(development=DEVELOPMENT)
if SENTRY_DSN := env("SENTRY_DSN", default=""):
    from operations import error_reports

    error_reports.start(SENTRY_DSN)
