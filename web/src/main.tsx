import { QueryClientProvider } from '@tanstack/preact-query';
import { render } from 'preact';
import './styles/tokens.css';
import './styles/base.css';
import './styles/parts.css';
import { queryClient } from './api/query-client';
import { App } from './app';

// Another build has taken this one's place, and its files with it.
window.addEventListener('vite:preloadError', () => location.reload());

render(
  <QueryClientProvider client={queryClient}>
    <App />
  </QueryClientProvider>,
  document.getElementById('page')!,
);
