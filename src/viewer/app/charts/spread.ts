/** Moves labels up and down, as little as possible, until they are `gap` apart and within low … high. In the order given. */
export function spread(wanted: readonly number[], gap: number, low: number, high: number): number[] {
  const order = [...wanted.keys()].sort((a, b) => wanted[a] - wanted[b]);
  // Blocks of labels that touch: each block stands where its members want it on average.
  const blocks: { members: number[]; at: number }[] = [];
  for (const i of order) {
    let block = { members: [i], at: wanted[i] };
    for (let before = blocks.at(-1); before !== undefined; before = blocks.at(-1)) {
      if (before.at + before.members.length * gap <= block.at) break;
      blocks.pop();
      const members = [...before.members, ...block.members];
      const at = members.reduce((sum, m, k) => sum + wanted[m] - k * gap, 0) / members.length;
      block = { members, at };
    }
    block.at = Math.max(low, Math.min(block.at, high - (block.members.length - 1) * gap));
    blocks.push(block);
  }
  const placed = new Array<number>(wanted.length);
  for (const { members, at } of blocks) for (const [k, m] of members.entries()) placed[m] = at + k * gap;
  return placed;
}
