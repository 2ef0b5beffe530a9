import { existsSync } from 'node:fs';
import { openDevice } from './sessions.ts';

/** Where Debian's Chromium has its software implementation of Vulkan. */
const SWIFTSHADER = ['/usr/lib/chromium/vk_swiftshader_icd.json', '/usr/lib/chromium-browser/vk_swiftshader_icd.json'];

/**
 * Whether WebGPU can be tested: on a graphics processor, or on SwiftShader where there is none (packages `chromium` and `libvulkan1`).
 *
 * @returns what is missing, or undefined
 */
export async function webgpuMissing(): Promise<string | undefined> {
  const icd = SWIFTSHADER.find((file) => existsSync(file));
  if (process.env['VK_DRIVER_FILES'] === undefined && icd !== undefined) process.env['VK_DRIVER_FILES'] = icd;
  try {
    await openDevice('webgpu', 1);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}
