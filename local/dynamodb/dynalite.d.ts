declare module "dynalite" {
  /** Makes an emulator of DynamoDB in memory. The server does not listen yet. */
  export default function dynalite(options: { readonly createTableMs: number }): import("node:http").Server;
}
