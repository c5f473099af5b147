// Starts the Playground: reads what the gateway says of itself, then shows GraphiQL with the session bar above it.
import 'graphiql/setup-workers/vite';
import 'graphiql/style.css';
import '@graphiql/plugin-explorer/style.css';
import './playground.css';
import './panels.css';
import './plan.css';
import { createRoot } from 'react-dom/client';
import { App } from './app.tsx';
import { loadSettings } from './settings.ts';

const element = document.getElementById('playground');
if (element === null) throw new Error('The page has no #playground element to start in.');

loadSettings().then((settings) => createRoot(element).render(<App settings={settings} />));
