import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';

// Whatever it is where the page is built: nothing but this keeps React's own checks, twice its size, out.
process.env['NODE_ENV'] = 'production';

/** The page as three files whose names stay: `index.html`, `app.js`, `app.css`. */
export default defineConfig({
  // Beside index.html, wherever that is served from.
  base: './',
  build: {
    outDir: fileURLToPath(new URL('../../../dist/viewer/app', import.meta.url)),
    emptyOutDir: true,
    target: 'es2022',
    // The first with light-dark(), which the colours are written in.
    cssTarget: ['chrome123', 'firefox120', 'safari17.5'],
    modulePreload: false,
    cssCodeSplit: false,
    assetsInlineLimit: 0,
    // What the page is made of comes with its terms.
    license: { fileName: 'licenses.md' },
    rollupOptions: {
      output: {
        codeSplitting: false,
        entryFileNames: 'app.js',
        assetFileNames: 'app[extname]',
      },
    },
  },
});
