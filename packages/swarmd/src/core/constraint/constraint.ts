// Placement constraints: `KEY==VALUE` and `KEY!=VALUE` over a node's properties. Values are compared
// without regard to case and are no patterns, although the value grammar admits pattern characters.
import type { Node } from "@swarmkit/proto/types";
import { blockContains, parseAddress, parseAddressBlock } from "../lib/ip-address.ts";

/** One parsed expression. */
export interface Constraint {
  /** As written; names of properties are case-insensitive, names of labels are exact. */
  readonly key: string;
  readonly operator: "==" | "!=";
  readonly value: string;
}

export type ParsedConstraints =
  | { readonly ok: true; readonly constraints: readonly Constraint[] }
  | { readonly ok: false; readonly message: string };

const operators = ["==", "!="] as const;
const keyPattern = /^[a-z_][a-z0-9\-_.]+$/i;
const valuePattern = /^[a-z0-9:\-_ \t\n\f\r.*()?+[\]\\^$|/]+$/i;
const nodeLabelPrefix = "node.labels.";
const engineLabelPrefix = "engine.labels.";

/** Parses all expressions; the first that is wrong gives the message, which clients see as it is. */
export function parseConstraints(expressions: readonly string[]): ParsedConstraints {
  const constraints: Constraint[] = [];
  for (const expression of expressions) {
    // `==` is looked for first, wherever it stands: "a!=b==c" has the key "a!=b", which is invalid.
    const operator = operators.find((candidate) => expression.includes(candidate));
    if (operator === undefined) {
      return {
        ok: false,
        message: `constraint expected one operator from ${operators.join(", ")}: "${expression}"`,
      };
    }
    const at = expression.indexOf(operator);
    const key = expression.slice(0, at).trim();
    const value = expression.slice(at + operator.length).trim();
    if (!keyPattern.test(key)) return { ok: false, message: `key '${key}' is invalid` };
    if (!valuePattern.test(value)) return { ok: false, message: `value '${value}' is invalid` };
    constraints.push({ key, operator, value });
  }
  return { ok: true, constraints };
}

/** True when the node satisfies every constraint. An unknown key satisfies nothing, not even `!=`. */
export function nodeMatches(constraints: readonly Constraint[], node: Node): boolean {
  return constraints.every((constraint) => satisfies(constraint, node));
}

function satisfies(constraint: Constraint, node: Node): boolean {
  const key = constraint.key.toLowerCase();
  switch (key) {
    case "node.id":
      return compares(constraint, node.id);
    case "node.hostname":
      return compares(constraint, node.description?.hostname);
    case "node.ip":
      return satisfiesAddress(constraint, node.status.addr);
    case "node.role":
      return compares(constraint, node.role);
    case "node.platform.os":
      return compares(constraint, node.description?.platform?.os);
    case "node.platform.arch":
      return compares(constraint, node.description?.platform?.architecture);
    default:
      return satisfiesLabel(constraint, key, node);
  }
}

function satisfiesLabel(constraint: Constraint, key: string, node: Node): boolean {
  if (isLabelKey(key, nodeLabelPrefix)) {
    const name = constraint.key.slice(nodeLabelPrefix.length);
    return compares(constraint, labelValue(node.spec.annotations.labels, name));
  }
  if (isLabelKey(key, engineLabelPrefix)) {
    const name = constraint.key.slice(engineLabelPrefix.length);
    return compares(constraint, labelValue(node.description?.engine?.labels, name));
  }
  return false;
}

function isLabelKey(key: string, prefix: string): boolean {
  return key.startsWith(prefix) && key.length > prefix.length;
}

function labelValue(
  labels: Readonly<Record<string, string>> | undefined,
  name: string,
): string | undefined {
  return labels !== undefined && Object.hasOwn(labels, name) ? labels[name] : undefined;
}

/** What a node does not have counts as empty, so that `!=` holds for it. */
function compares(constraint: Constraint, actual: string | undefined): boolean {
  const isSame = (actual ?? "").toLowerCase() === constraint.value.toLowerCase();
  return isSame === (constraint.operator === "==");
}

/** The value is an address or a block; anything else satisfies neither operator. */
function satisfiesAddress(constraint: Constraint, address: string): boolean {
  const wanted = parseAddress(constraint.value);
  const block = parseAddressBlock(constraint.value);
  if (wanted === undefined && block === undefined) return false;
  const actual = parseAddress(address);
  const isInside =
    actual !== undefined &&
    (wanted === undefined
      ? block !== undefined && blockContains(block, actual)
      : wanted === actual);
  return isInside === (constraint.operator === "==");
}
