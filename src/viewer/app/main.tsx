import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { EMBEDDED_DATA_ID, type EmbeddedData } from '../embedded.ts';
import { Client } from './data/client.ts';
import { Connection } from './data/connection.ts';
import { embeddedApi } from './data/embedded-api.ts';
import { httpApi } from './data/http-api.ts';
import { formatRoute } from './routing/route.ts';
import { App } from './shell/app.tsx';
import './styles/base.css';
import './styles/shell.css';
import './styles/charts.css';
import './styles/runs.css';
import './styles/episodes.css';
import './styles/episode.css';
import './styles/group.css';
import './styles/health.css';

const embedded = document.getElementById(EMBEDDED_DATA_ID);
const root = createRoot(document.getElementById('app')!);
if (embedded !== null) {
  const data = JSON.parse(embedded.textContent ?? '') as EmbeddedData;
  if (data.opens !== undefined && /^#?\/?$/.test(location.hash)) {
    history.replaceState(null, '', formatRoute(data.opens));
  }
  root.render(
    <StrictMode>
      <App client={new Client(embeddedApi(data))} exported={data} />
    </StrictMode>,
  );
} else {
  const connection = new Connection();
  const client: Client = new Client(
    httpApi({ changed: (connected) => connection.set(connected), missed: () => client.refresh() }),
  );
  client.watch();
  root.render(
    <StrictMode>
      <App client={client} connection={connection} />
    </StrictMode>,
  );
}
