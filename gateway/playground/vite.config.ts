// Bundles the Playground, everything included: no CDN is asked for anything at run time.
import { defineConfig } from 'vite';

export default defineConfig({
  root: import.meta.dirname,
  base: './',
  resolve: { dedupe: ['graphql', 'react', 'react-dom', '@graphiql/react', 'monaco-editor'] },
  logLevel: 'warn',
  build: {
    outDir: '../../dist/playground',
    emptyOutDir: true,
    chunkSizeWarningLimit: 8_000,
    rolldownOptions: {
      // Libraries mark client components with "use client"; in a page without server rendering that says nothing.
      onwarn: (warning, warn) => (warning.code === 'MODULE_LEVEL_DIRECTIVE' ? undefined : warn(warning)),
    },
  },
  worker: { format: 'es' },
});
