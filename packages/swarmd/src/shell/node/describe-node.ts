import { hostname } from "node:os";
import type { NodeDescription } from "@swarmkit/proto/types";
import type { Executor } from "../executor/port.ts";
import type { SwarmdFlags } from "../flags.ts";
import type { NodeIdentity } from "../tls/node-identity.ts";
import { readSubject } from "../tls/x509.ts";

/** What the node tells its managers of itself: the executor's part, the flags' and the certificate's. */
export async function describeNode(
  executor: Executor,
  options: { readonly identity: NodeIdentity; readonly flags: SwarmdFlags },
): Promise<NodeDescription> {
  const { flags, identity } = options;
  const description = await executor.describe();
  const issuer = readSubject(identity.rootPem);
  const { resources } = description;
  return {
    ...description,
    hostname: flags.hostname ?? (description.hostname || hostname()),
    resources: resources && { ...resources, generic: flags.genericResources },
    tlsInfo: {
      trustRoot: Buffer.from(identity.rootPem),
      certIssuerSubject: issuer.name,
      certIssuerPublicKey: issuer.publicKey,
    },
    fips: false,
    csiInfo: [],
  };
}
