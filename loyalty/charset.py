"""One character set for all requests, whatever a request claims."""

import re
from collections.abc import Callable
from typing import Any

WSGIApplication = Callable[[dict[str, Any], Any], Any]

_CHARSET = re.compile(r";\s*charset=[^;]*", re.IGNORECASE)


def without_charset(application: WSGIApplication) -> WSGIApplication:
    """All text here is UTF-8; another charset would be looked up among codecs of which some crash the request."""

    def in_utf8(environ: dict[str, Any], start_response: Any) -> Any:
        if "CONTENT_TYPE" in environ:
            environ["CONTENT_TYPE"] = _CHARSET.sub("", environ["CONTENT_TYPE"])
        return application(environ, start_response)

    return in_utf8
