import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { openDevice } from './sessions.ts';

/** Where Debian's Chromium has its software implementation of Vulkan. */
const SWIFTSHADER = ['/usr/lib/chromium/vk_swiftshader_icd.json', '/usr/lib/chromium-browser/vk_swiftshader_icd.json'];
/** Where packages put Mesa's, which computes with float16 too (`mesa-vulkan-drivers`); TURNWISE_LAVAPIPE names another. The provider refuses that of Mesa 22.3, and takes that of 25.0. */
const LAVAPIPES = ['lvp_icd.json', 'lvp_icd.x86_64.json', 'lvp_icd.aarch64.json'].map(
  (file) => `/usr/share/vulkan/icd.d/${file}`,
);

/**
 * Whether WebGPU can be tested: on a graphics processor, or on SwiftShader where there is none (packages `chromium` and `libvulkan1`).
 *
 * @returns what is missing, or undefined
 */
export function webgpuMissing(): Promise<string | undefined> {
  return missingOn(SWIFTSHADER);
}

/**
 * Whether weights in float16 can be tested: on a graphics processor, or on Mesa's lavapipe where there is none.
 *
 * @returns what is missing, or undefined
 */
export async function halvesMissing(): Promise<string | undefined> {
  const other = process.env['TURNWISE_LAVAPIPE'];
  return (
    (await missingOn(other === undefined ? LAVAPIPES : [other])) ?? (await openDevice('webgpu', 1)).refusesHalves()
  );
}

/** What VK_DRIVER_FILES names counts more; a process keeps the driver it has opened. */
async function missingOn(software: readonly string[]): Promise<string | undefined> {
  const icd = software.find((file) => existsSync(file));
  // Mesa's packages ask where windows' sockets are, and complain where nobody says.
  process.env['XDG_RUNTIME_DIR'] ??= tmpdir();
  if (process.env['VK_DRIVER_FILES'] === undefined && icd !== undefined) process.env['VK_DRIVER_FILES'] = icd;
  try {
    await openDevice('webgpu', 1);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}
