// Reads QR codes out of camera pictures where the browser cannot; a worker, so that the till stays quick meanwhile.

import { prepareZXingModule, readBarcodes } from "../vendor/zxing-wasm/es/reader/index.js";

// The page names the decoder's address, because only templates know hashed names.
prepareZXingModule({ overrides: { locateFile: () => self.name } });

addEventListener("message", async ({ data: picture }) => {
  const [code] = await readBarcodes(picture, { formats: ["QRCode"], maxNumberOfSymbols: 1 }).catch(() => []);
  postMessage(code?.text ?? "");
});
