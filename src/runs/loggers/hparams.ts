import { PbfWriter } from 'pbf';

/** A configuration as dotted keys with plain values; lists as JSON. */
export function flatten(config: unknown): Record<string, number | string | boolean> {
  const flat: Record<string, number | string | boolean> = {};
  const walk = (value: unknown, path: string): void => {
    if (value === undefined || value === null) return;
    if (typeof value === 'object' && !Array.isArray(value)) {
      for (const [key, child] of Object.entries(value)) walk(child, path === '' ? key : `${path}.${key}`);
    } else {
      flat[path] =
        typeof value === 'number' || typeof value === 'string' || typeof value === 'boolean'
          ? value
          : JSON.stringify(value);
    }
  };
  walk(config, '');
  return flat;
}

/** Tag that TensorBoard's hparams plugin looks for. */
export const SESSION_START_TAG = '_hparams_/session_start_info';

/** HParamsPluginData with a SessionStartInfo (tensorboard/plugins/hparams/plugin_data.proto): one row of the table of runs. */
export function sessionStart(
  hparams: Readonly<Record<string, number | string | boolean>>,
  group: string,
  startedAt: Date,
): Uint8Array {
  const w = new PbfWriter();
  w.writeVarintField(1, 0);
  w.writeMessage(
    3,
    () => {
      for (const [key, value] of Object.entries(hparams)) {
        w.writeMessage(
          1,
          () => {
            w.writeStringField(1, key);
            w.writeMessage(2, writeAny, value);
          },
          undefined,
        );
      }
      w.writeStringField(4, group);
      w.writeDoubleField(5, startedAt.getTime() / 1000);
    },
    undefined,
  );
  return w.finish();
}

/** google.protobuf.Value */
function writeAny(value: number | string | boolean, w: PbfWriter): void {
  if (typeof value === 'number') w.writeDoubleField(2, value);
  else if (typeof value === 'string') w.writeStringField(3, value);
  else w.writeBooleanField(4, value);
}
