// Passkeys and security keys: the browser asks the person, its answer goes into the form, and the form is sent.

const bytes = (text) =>
  Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (letter) => letter.charCodeAt(0));
const text = (buffer) =>
  buffer &&
  btoa(String.fromCharCode(...new Uint8Array(buffer))).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
const known = (credentials = []) => credentials.map((credential) => ({ ...credential, id: bytes(credential.id) }));

const described = (credential, response) => ({
  id: credential.id,
  rawId: text(credential.rawId),
  type: credential.type,
  clientExtensionResults: credential.getClientExtensionResults(),
  response: { clientDataJSON: text(credential.response.clientDataJSON), ...response },
});

async function create({ publicKey }, form) {
  const passwordless = form.elements.passwordless?.checked ?? false;
  const selection = {
    ...publicKey.authenticatorSelection,
    residentKey: passwordless ? "required" : "discouraged",
    requireResidentKey: passwordless,
  };
  if (passwordless) selection.userVerification = "required";
  const credential = await navigator.credentials.create({
    publicKey: {
      ...publicKey,
      challenge: bytes(publicKey.challenge),
      user: { ...publicKey.user, id: bytes(publicKey.user.id) },
      excludeCredentials: known(publicKey.excludeCredentials),
      authenticatorSelection: selection,
    },
  });
  return described(credential, {
    attestationObject: text(credential.response.attestationObject),
    transports: credential.response.getTransports?.() ?? [],
  });
}

async function get({ publicKey }) {
  const credential = await navigator.credentials.get({
    publicKey: {
      ...publicKey,
      challenge: bytes(publicKey.challenge),
      allowCredentials: known(publicKey.allowCredentials),
    },
  });
  return described(credential, {
    authenticatorData: text(credential.response.authenticatorData),
    signature: text(credential.response.signature),
    userHandle: text(credential.response.userHandle),
  });
}

async function options(form) {
  const inPage = form.querySelector("#passkey_options");
  if (inPage) return JSON.parse(inPage.textContent);
  const answer = await fetch(form.action, { headers: { Accept: "application/json" } });
  if (!answer.ok) throw new Error(`${answer.status}`);
  return answer.json();
}

async function answered(form) {
  const asked = await options(form);
  return form.dataset.passkey === "create" ? create(asked.creation_options, form) : get(asked.request_options);
}

if (window.PublicKeyCredential) {
  for (const form of document.querySelectorAll("form[data-passkey]")) {
    const failed = form.querySelector("[data-passkey-failed]");
    form.querySelector("[data-passkey-missing]").remove();
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      failed.hidden = true;
      try {
        form.elements.credential.value = JSON.stringify(await answered(form));
        form.submit();
      } catch {
        failed.hidden = false;
      }
    });
  }
}
