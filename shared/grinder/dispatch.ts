// Which rule a line belongs to, by literal: a radix tree, so that a line costs one or two comparisons whatever the number of rules.
import type { Rule } from "./rule.ts";

export interface DispatchNode {
  /** The text between the parent and this node. */
  readonly label: string;
  readonly rule: Rule | undefined;
  /** By the first character code of the child's label; literals are ASCII. */
  readonly children: readonly (DispatchNode | undefined)[];
}

const asciiSize = 128;

/** The tree of these rules. Throws where two share a literal, or where one is empty or not ASCII: that is a mistake in the list. */
export function dispatchTree(rules: readonly Rule[]): DispatchNode {
  const literals = new Set<string>();
  for (const { name, literal } of rules) {
    if (!/^[ -~]+$/.test(literal)) throw new Error(`rule ${name} needs a literal of printable ASCII, not "${literal}"`);
    if (literals.has(literal)) throw new Error(`rule ${name} shares its literal "${literal}" with another rule`);
    literals.add(literal);
  }
  return nodeOf(rules, "", 0);
}

/** The node for rules whose literals agree up to `depth`, of which its own label is the last part. */
function nodeOf(rules: readonly Rule[], label: string, depth: number): DispatchNode {
  const children: (DispatchNode | undefined)[] = new Array(asciiSize).fill(undefined);
  const byFirst = Map.groupBy(
    rules.filter((rule) => rule.literal.length > depth),
    (rule) => rule.literal.charCodeAt(depth),
  );
  for (const [first, group] of byFirst) {
    const shared = commonPrefix(group.map((rule) => rule.literal));
    children[first] = nodeOf(group, shared.slice(depth), shared.length);
  }
  return { label, rule: rules.find((rule) => rule.literal.length === depth), children };
}

function commonPrefix(texts: readonly string[]): string {
  return texts.reduce((common, text) => {
    let end = 0;
    while (end < common.length && common[end] === text[end]) end++;
    return common.slice(0, end);
  });
}

/** The rule with the longest literal that stands at `from`, or undefined. */
export function selectRule(tree: DispatchNode, text: string, from: number): Rule | undefined {
  let rule: Rule | undefined;
  let node: DispatchNode | undefined = tree;
  for (let at = from; ; at += node.label.length) {
    const code: number = text.charCodeAt(at);
    node = code < asciiSize ? node.children[code] : undefined;
    if (node === undefined || !text.startsWith(node.label, at)) return rule;
    rule = node.rule ?? rule;
  }
}
