interface CreditRangeProps {
  readonly low: number | null;
  readonly mean: number | null;
  readonly high: number | null;
  /** The value at the edges. */
  readonly reach: number;
}

const WIDTH = 120;
const HEIGHT = 14;

/** From the smallest to the largest advantage of an episode around zero, with a mark at the mean. The numbers stand beside it. */
export function CreditRange({ low, mean, high, reach }: CreditRangeProps) {
  if (low === null || high === null || mean === null || reach === 0) return null;
  const x = (value: number) => WIDTH / 2 + (value / reach) * (WIDTH / 2 - 1);
  const [zero, middle] = [x(0), HEIGHT / 2];
  const bar = (from: number, to: number, className: string) =>
    to > from && <rect className={className} x={x(from)} width={x(to) - x(from)} y={middle - 3} height={6} />;
  return (
    <svg className="credit-range" width={WIDTH} height={HEIGHT} aria-hidden="true">
      <line className="zero" x1={zero} x2={zero} y2={HEIGHT} />
      {bar(low, Math.min(0, high), 'lower')}
      {bar(Math.max(0, low), high, 'raise')}
      <line className="mean" x1={x(mean)} x2={x(mean)} y1={1} y2={HEIGHT - 1} />
    </svg>
  );
}
