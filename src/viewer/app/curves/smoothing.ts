/**
 * Exponential moving average over the values that are there, free of the pull towards its start:
 *
 *     m_t = w·m_{t−1} + (1 − w)·x_t        s_t = m_t / (1 − w^t)
 *
 * @param weight w, 0 (none) … below 1
 * @returns as many values; null where there is none
 */
export function smooth(values: readonly (number | null)[], weight: number): (number | null)[] {
  let mean = 0;
  let rest = 1;
  return values.map((value) => {
    if (value === null) return null;
    mean = weight * mean + (1 - weight) * value;
    rest *= weight;
    return mean / (1 - rest);
  });
}
