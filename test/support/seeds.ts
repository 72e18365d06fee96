/** OVL_SEEDS: how many seeds ("1000"), or which ("100-199"); else `count` of them, from 1 on. */
export function seeds(count: number): number[] {
  const [, from, to] = /^(?:(\d+)-)?(\d+)$/.exec(process.env["OVL_SEEDS"] ?? String(count)) ?? [];
  if (to === undefined) throw new Error(`OVL_SEEDS: a count or FROM-TO, not ${process.env["OVL_SEEDS"]}`);
  const first = Number(from ?? 1);
  return Array.from({ length: Number(to) - first + 1 }, (_, i) => first + i);
}
