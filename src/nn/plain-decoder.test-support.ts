import type { TokenSequence } from './batches.ts';
import type { DecoderConfig } from './files/model-config.ts';
import { parameterLayout } from './files/parameters.ts';

/**
 * The Qwen2 decoder once more, one token and one number at a time in float64, straight from the equations: what the graphs are
 * compared with.
 */
export function plainLogprobs(
  config: DecoderConfig,
  parameters: Float32Array,
  s: TokenSequence,
  temperature: number,
): number[] {
  const tensors = new Map(
    parameterLayout(config).specs.map((p) => [
      p.name,
      { ...p, data: parameters.subarray(p.offset, p.offset + p.size) },
    ]),
  );
  const row = (name: string, i: number): number[] => {
    const t = tensors.get(name)!;
    return Array.from(t.data.subarray(i * t.shape[1], (i + 1) * t.shape[1]));
  };
  const vector = (name: string): number[] => Array.from(tensors.get(name)!.data);
  const dot = (a: readonly number[], b: readonly number[]): number => a.reduce((sum, x, i) => sum + x * b[i], 0);
  const apply = (name: string, x: readonly number[], bias?: string): number[] => {
    const b = bias ? vector(bias) : undefined;
    return Array.from({ length: tensors.get(name)!.shape[0] }, (_, o) => dot(row(name, o), x) + (b ? b[o] : 0));
  };
  const norm = (name: string, x: readonly number[]): number[] => {
    const w = vector(name);
    const scale = 1 / Math.sqrt(dot(x, x) / x.length + config.rmsNormEps);
    return x.map((v, i) => v * scale * w[i]);
  };
  const turn = (x: readonly number[], position: number): number[] => {
    const half = config.headDim / 2;
    return x.map((_, i) => {
      const j = i % half;
      const angle = position / config.ropeTheta ** ((2 * j) / config.headDim);
      const [a, b] = [x[j], x[j + half]];
      return i < half ? a * Math.cos(angle) - b * Math.sin(angle) : b * Math.cos(angle) + a * Math.sin(angle);
    });
  };
  const heads = (x: readonly number[]): number[][] =>
    Array.from({ length: x.length / config.headDim }, (_, i) => x.slice(i * config.headDim, (i + 1) * config.headDim));

  const tokens = [...s.prompt, ...s.response];
  let hidden = tokens.map((id) => row('model.embed_tokens.weight', id));
  for (let layer = 0; layer < config.layers; layer++) {
    const p = `model.layers.${layer}`;
    const project = (kind: string, x: readonly number[]): number[][] =>
      heads(
        apply(`${p}.self_attn.${kind}_proj.weight`, x, config.qkvBias ? `${p}.self_attn.${kind}_proj.bias` : undefined),
      );
    const normal = hidden.map((x) => norm(`${p}.input_layernorm.weight`, x));
    const queries = normal.map((x, t) => project('q', x).map((h) => turn(h, t)));
    const keys = normal.map((x, t) => project('k', x).map((h) => turn(h, t)));
    const values = normal.map((x) => project('v', x));
    hidden = hidden.map((x, t) => {
      const context = queries[t].flatMap((q, h) => {
        const shared = Math.floor((h * config.kvHeads) / config.heads);
        const weights = keys.slice(0, t + 1).map((k) => Math.exp(dot(q, k[shared]) / Math.sqrt(config.headDim)));
        const total = weights.reduce((a, b) => a + b, 0);
        return q.map((_, i) => weights.reduce((sum, w, u) => sum + (w / total) * values[u][shared][i], 0));
      });
      const attended = apply(`${p}.self_attn.o_proj.weight`, context).map((v, i) => v + x[i]);
      const inner = norm(`${p}.post_attention_layernorm.weight`, attended);
      const gate = apply(`${p}.mlp.gate_proj.weight`, inner);
      const up = apply(`${p}.mlp.up_proj.weight`, inner);
      const gated = gate.map((g, i) => (g / (1 + Math.exp(-g))) * up[i]);
      return apply(`${p}.mlp.down_proj.weight`, gated).map((v, i) => v + attended[i]);
    });
  }
  const head = config.tiedEmbeddings ? 'model.embed_tokens.weight' : 'lm_head.weight';
  return Array.from(s.response, (id, l) => {
    const logits = apply(head, norm('model.norm.weight', hidden[s.prompt.length + l - 1])).map((v) => v / temperature);
    const max = Math.max(...logits);
    return logits[id] - max - Math.log(logits.reduce((sum, v) => sum + Math.exp(v - max), 0));
  });
}
