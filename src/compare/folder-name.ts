/** A name as a folder or a file: letters, digits, dots and signs that every file system takes. */
export function folderName(name: string): string {
  const plain = name
    .normalize('NFKD')
    .replaceAll('λ', 'lambda')
    .replaceAll('γ', 'gamma')
    .replace(/[^\w.+=-]+/g, '-')
    .replace(/^[-.]+|-+$/g, '');
  return plain === '' ? 'variant' : plain;
}
