// A real headless Chromium for tests of what a person sees, and what a well-behaved page must not do in it.
import { type Browser, chromium, type Page } from 'playwright-core';
import { findOnPath } from '../../platform/processes.ts';

export const browserAdvice = 'needs Chromium: install chromium (Debian and Ubuntu: apt-get install chromium)';

/** No sandbox, because tests may run as root; and no services of the browser's own on the network. */
const args = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** Full path of a Chromium, or null. */
export function chromiumPath(): string | null {
  return findOnPath('chromium') ?? findOnPath('chromium-browser') ?? findOnPath('google-chrome');
}

export function launchBrowser(): Promise<Browser> {
  const executablePath = chromiumPath();
  if (executablePath === null) throw new Error(`This ${browserAdvice}.`);
  return chromium.launch({ executablePath, args });
}

/** Collects what the page complains of, and every request that leaves its origin. */
export function watchForComplaints(page: Page, origin: string): readonly string[] {
  const complaints: string[] = [];
  const isOwn = (url: string) => ['data:', 'blob:'].includes(new URL(url).protocol) || new URL(url).host === new URL(origin).host;
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) complaints.push(`console ${message.type()}: ${message.text()}`);
  });
  page.on('pageerror', (error) => complaints.push(`uncaught: ${error.message}`));
  // Of the context, so that requests of workers count too.
  page.context().on('request', (request) => {
    if (!isOwn(request.url())) complaints.push(`foreign request: ${request.url()}`);
  });
  page.on('websocket', (socket) => {
    if (!isOwn(socket.url())) complaints.push(`foreign socket: ${socket.url()}`);
  });
  return complaints;
}
