import { Component, type ReactNode, useEffect, useRef } from 'react';
import type { RunSummary } from '../../api.ts';
import type { EmbeddedData } from '../../embedded.ts';
import type { Client } from '../data/client.ts';
import type { Connection } from '../data/connection.ts';
import { ClientContext } from '../data/use-answer.ts';
import { EpisodePage } from '../episode/episode-page.tsx';
import { EpisodesPage } from '../episodes/episodes-page.tsx';
import { GroupPage } from '../group/group-page.tsx';
import { HealthPage } from '../health/health-page.tsx';
import { Failure, Loading, Problems } from '../parts/problems.tsx';
import { formatRoute, type Place } from '../routing/route.ts';
import { Link, useRoute } from '../routing/use-route.tsx';
import { ConfigurationPage } from '../run/configuration-page.tsx';
import { RunHead } from '../run/run-head.tsx';
import { useRun } from '../run/use-run.ts';
import { RunsPage } from '../runs/runs-page.tsx';
import { oneLine, visible } from '../text/visible.ts';
import { TopBar } from './top-bar.tsx';

interface AppProps {
  readonly client: Client;
  readonly connection?: Connection;
  readonly exported?: EmbeddedData;
}

/** The whole page: the bar on top, and the view that the address names. */
export function App({ client, connection, exported }: AppProps) {
  const { place } = useRoute();
  const main = useRef<HTMLElement>(null);
  const address = formatRoute(place);
  const before = useRef(address);

  useEffect(() => {
    document.title = `${titleOf(place)} – Turnwise`;
    if (before.current === address) return;
    before.current = address;
    // So that the keyboard and what reads the page aloud begin at the new view.
    main.current?.focus({ preventScroll: true });
    scrollTo(0, 0);
  }, [place, address]);

  return (
    <ClientContext value={client}>
      {/* biome-ignore lint/a11y/useValidAnchor: it leads within the page, whose address behind # names the view. */}
      <a
        className="skip"
        href="#main"
        onClick={(event) => {
          event.preventDefault();
          main.current?.focus();
        }}
      >
        Skip to the content
      </a>
      <TopBar place={place} connection={connection} exported={exported} />
      <main ref={main} id="main" tabIndex={-1}>
        <Guard key={address}>
          <View place={place} />
        </Guard>
      </main>
    </ClientContext>
  );
}

function View({ place }: { readonly place: Place }) {
  if (place.page === 'runs') return <RunsPage />;
  if (place.page === 'missing') {
    return (
      <p className="empty">
        There is no view at “{visible(place.address)}”. <Link to={{ page: 'runs' }}>To the runs</Link>
      </p>
    );
  }
  return <RunView place={place} />;
}

function RunView({ place }: { readonly place: Exclude<Place, { page: 'runs' } | { page: 'missing' }> }) {
  const { data: run, error } = useRun(place.run);
  if (run === undefined) return error ? <Failure error={error} what="The run" alone /> : <Loading what="the run" />;
  if (place.page === 'group' || place.page === 'episode') {
    const problems = problemsOf(run, place.kind, place.iteration);
    return (
      <>
        <Problems problems={problems} />
        {place.page === 'group' ? (
          <GroupPage run={run} place={place} />
        ) : (
          <EpisodePage run={run} place={place} episode={place.episode} />
        )}
      </>
    );
  }
  return (
    <>
      <RunHead run={run} page={place.page} />
      {place.page === 'episodes' && <EpisodesPage run={run} />}
      {place.page === 'health' && <HealthPage run={run} />}
      {place.page === 'configuration' && <ConfigurationPage run={run} />}
    </>
  );
}

/** Problems in the file that a group was read from. */
function problemsOf({ problems }: RunSummary, kind: string, iteration: number) {
  const number = String(iteration).padStart(6, '0');
  const file = kind === 'train' ? `episodes/${number}.jsonl` : `evaluations/${number}-${kind}.jsonl`;
  return problems.filter((one) => one.file.replaceAll('\\', '/').startsWith(file));
}

function titleOf(place: Place): string {
  switch (place.page) {
    case 'runs':
      return 'Runs';
    case 'missing':
      return 'Nothing here';
    case 'group':
      return `Group ${oneLine(place.group, 40)}, iteration ${place.iteration}`;
    case 'episode':
      return `Episode ${oneLine(place.episode, 40)}, iteration ${place.iteration}`;
    default:
      return `${oneLine(place.run, 60)}: ${place.page}`;
  }
}

/** Says so where a view breaks, and leaves the rest of the page alone. */
class Guard extends Component<{ readonly children: ReactNode }, { readonly error: Error | undefined }> {
  override state: { readonly error: Error | undefined } = { error: undefined };

  static getDerivedStateFromError(error: Error) {
    return { error };
  }

  override render(): ReactNode {
    const { error } = this.state;
    if (error === undefined) return this.props.children;
    return (
      <div className="message bad" role="alert">
        <strong>This view broke.</strong> That is a fault of the page and not of the run: {visible(error.message)}{' '}
        <button type="button" onClick={() => this.setState({ error: undefined })}>
          Try again
        </button>
      </div>
    );
  }
}
