import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer } from "node:https";
import { join } from "node:path";
import { runCommand } from "../../local/command.ts";
import { makeSigner } from "../../local/issuer/signing.ts";

/** An issuer of tokens for a deployment, with https, discovery and keys. */
export interface HttpsIssuer {
  readonly url: string;
  /** A file with its self-signed certificate. */
  readonly certificate: string;
  /** Issues a token for the service with these claims. */
  token(claims: object): Promise<string>;
  close(): Promise<void>;
}

/** @param folder for its key and its certificate */
export async function startHttpsIssuer(folder: string): Promise<HttpsIssuer> {
  const [key, certificate] = [join(folder, "key.pem"), join(folder, "certificate.pem")];
  const curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
  const name = ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1", "-days", "2"];
  await runCommand(
    "openssl",
    ["req", "-x509", ...curve, ...name, "-keyout", key, "-out", certificate],
    "Install OpenSSL (Debian: apt-get install openssl).",
  );
  const signer = await makeSigner();
  const server = createServer(
    { key: await readFile(key), cert: await readFile(certificate) },
    (request, response) => {
      const answers: Readonly<Record<string, object>> = {
        "/.well-known/openid-configuration": { issuer: url, jwks_uri: `${url}/.well-known/jwks.json` },
        "/.well-known/jwks.json": { keys: signer.keys },
      };
      const answer = answers[request.url ?? ""];
      response.writeHead(answer === undefined ? 404 : 200, { "content-type": "application/json" });
      response.end(JSON.stringify(answer ?? {}));
    },
  );
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new TypeError("not listening on a port");
  const url = `https://127.0.0.1:${address.port}`;
  return {
    url,
    certificate,
    token: (claims) => signer.sign({ aud: "minutes-service", sub: "test", ...claims }, url, 3_600),
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}
