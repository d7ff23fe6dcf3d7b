import { createPrivateKey, X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { statePaths } from "../../packages/swarmd/src/shell/state-dir/state-paths.ts";
import { issueLeaf } from "../../packages/swarmd/src/shell/tls/x509.ts";
import type { LocalNode } from "../../scripts/lib/local-swarm.ts";
import { openStore } from "./stored-store.ts";

const dayMs = 24 * 3_600_000;

/** The certificate of a manager that does not run, as its swarm would have issued it too long ago. */
export async function issueExpired(node: LocalNode): Promise<string> {
  const pem = readFileSync(statePaths(node.stateDirectory).nodeCertificate, "utf8");
  const { publicKey, subject } = new X509Certificate(pem);
  const nodeId = /^CN=(.*)$/m.exec(subject)?.[1] ?? "";
  const [cluster] = (await openStore(node)).find("cluster", { by: "all" });
  if (cluster === undefined) throw new Error(`${node.name} has no cluster object`);
  return issueLeaf({
    authority: {
      certificatePem: Buffer.from(cluster.rootCa.caCert).toString(),
      key: createPrivateKey(Buffer.from(cluster.rootCa.caKey)),
    },
    publicKey,
    subject: { nodeId, role: "swarm-manager", organization: cluster.id },
    nowMs: Date.now() - 2 * dayMs,
    validityMs: dayMs,
  });
}
