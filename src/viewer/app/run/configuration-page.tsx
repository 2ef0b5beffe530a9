import type { RunSummary } from '../../api.ts';
import { useParameters } from '../routing/use-route.tsx';
import { formatConfig } from '../runs/run-columns.tsx';
import { VisibleText } from '../text/visible-text.tsx';

/** Every setting of a run. */
export function ConfigurationPage({ run }: { readonly run: RunSummary }) {
  const [parameters, change] = useParameters();
  const find = parameters['find'] ?? '';
  const wanted = find.toLowerCase();
  const entries = Object.entries(run.config).filter(([key, value]) =>
    `${key} ${formatConfig(value)}`.toLowerCase().includes(wanted),
  );
  return (
    <section aria-label="Configuration">
      <div className="controls bar screen">
        <input
          type="search"
          placeholder="Find a setting"
          aria-label="Find a setting"
          value={find}
          onChange={({ target }) => change({ find: target.value })}
        />
        <span className="muted small">
          {entries.length === 1 ? '1 setting' : `${entries.length} settings`}, as <code>config.json</code> of the run
          has them
        </span>
      </div>
      <div className="panel wide settings">
        <table>
          <thead>
            <tr>
              <th scope="col">Setting</th>
              <th scope="col">Value</th>
            </tr>
          </thead>
          <tbody>
            {entries.map(([key, value]) => (
              <tr key={key}>
                <th scope="row">
                  <code>
                    <VisibleText text={key} />
                  </code>
                </th>
                <td>
                  <code>
                    <VisibleText text={formatConfig(value)} />
                  </code>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
        {entries.length === 0 && <p className="empty">No setting fits.</p>}
      </div>
    </section>
  );
}
