import { readable } from '../../../reports/ticks.ts';
import type { EpisodeView, GroupView } from '../../api.ts';
import { creditClass, formatCredit } from '../credit/format-credit.ts';
import { creditReach, episodeCredit, notableSteps } from '../credit/rank-steps.ts';
import { Outcome } from '../episodes/outcome.tsx';
import { Link, useParameters } from '../routing/use-route.tsx';
import { oneLine } from '../text/visible.ts';
import { VisibleText } from '../text/visible-text.tsx';

/** The episodes of a group; the chosen one is marked in the graph. */
export function GroupEpisodes({ view, index }: { readonly view: GroupView; readonly index: number | undefined }) {
  const [parameters, change] = useParameters();
  const place = { run: view.run, kind: view.kind, iteration: view.iteration, group: view.group };
  const reach = view.credit === null ? 0 : creditReach(view.credit, false);
  const longest = Math.max(1, ...view.episodes.map(({ steps }) => steps.length));
  const algorithm = parameters['algorithm'];
  const marked = index === undefined ? undefined : view.episodes[index];
  const credit = marked && episodeCredit(view.credit, marked);
  const worst = marked && notableSteps(marked, credit ?? null).worst;
  return (
    <section className="panel group-episodes" aria-label="Episodes of the group">
      <table>
        <thead>
          <tr>
            <th scope="col">Outcome</th>
            <th scope="col">Episode</th>
            <th scope="col" className="number">
              Turns
            </th>
            <th scope="col" className="number">
              Reward
            </th>
            {view.credit !== null && (
              <>
                <th scope="col">Credit over its turns</th>
                <th scope="col" className="number">
                  Worst
                </th>
              </>
            )}
          </tr>
        </thead>
        <tbody>
          {view.episodes.map((episode, i) => {
            const credit = episodeCredit(view.credit, episode);
            const worst = credit === null || credit.length === 0 ? null : Math.min(...credit);
            return (
              // biome-ignore lint/suspicious/noArrayIndexKey: an episode is its place; a name may come twice.
              <tr key={i} className={i === index ? 'chosen' : undefined}>
                <td>
                  <button
                    type="button"
                    className="plain mark printed"
                    aria-pressed={i === index}
                    title="Mark its way in the graph"
                    onClick={() => change({ episode: i === index ? undefined : episode.id })}
                  >
                    <Outcome success={episode.success} end={episode.end} />
                  </button>
                </td>
                <td className="episode-id">
                  <Link
                    to={{ page: 'episode', ...place, episode: episode.id }}
                    parameters={{ algorithm }}
                    title={`Open episode ${oneLine(episode.id, 200)}`}
                  >
                    <VisibleText text={oneLine(episode.id, 20)} />
                  </Link>
                </td>
                <td className="number">{episode.steps.length}</td>
                <td className="number">{readable(episode.reward)}</td>
                {view.credit !== null && (
                  <>
                    <td>
                      <Spark episode={episode} credit={credit} reach={reach} longest={longest} />
                    </td>
                    <td className={`number ${creditClass(worst) ?? ''}`}>
                      {worst === null ? '–' : formatCredit(worst)}
                    </td>
                  </>
                )}
              </tr>
            );
          })}
        </tbody>
      </table>
      {marked && (
        <p className="small muted marked">
          Marked: <VisibleText text={oneLine(marked.id, 60)} />; the numbers at its states are the turns it first came
          to them.
          {worst !== undefined && credit && (
            <>
              {' '}
              Its worst step:{' '}
              <Link
                to={{ page: 'episode', ...place, episode: marked.id }}
                parameters={{ algorithm, step: String(worst + 1) }}
              >
                turn {worst + 1}
              </Link>{' '}
              <span className={creditClass(credit[worst])}>{formatCredit(credit[worst])}</span>.
            </>
          )}
        </p>
      )}
    </section>
  );
}

const WIDTH = 72;
const HEIGHT = 24;

interface SparkProps {
  readonly episode: EpisodeView;
  readonly credit: readonly number[] | null;
  readonly reach: number;
  readonly longest: number;
}

/** Credit over the turns, very small; all episodes of the group on the same scales. */
function Spark({ episode, credit, reach, longest }: SparkProps) {
  const slot = WIDTH / longest;
  const middle = HEIGHT / 2;
  return (
    <svg className="chart spark" width={WIDTH} height={HEIGHT} aria-hidden="true">
      <line className="zero" x1={0} x2={episode.steps.length * slot} y1={middle} y2={middle} />
      {credit?.map((value, t) => {
        const size = reach === 0 ? 0 : (value / reach) * (middle - 1);
        return (
          <rect
            // biome-ignore lint/suspicious/noArrayIndexKey: a turn is its index.
            key={t}
            className={value < 0 ? 'lower' : 'raise'}
            x={t * slot}
            width={Math.max(0.6, slot - 0.5)}
            y={Math.min(middle, middle - size)}
            height={Math.abs(size)}
          />
        );
      })}
    </svg>
  );
}
