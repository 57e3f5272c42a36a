import { useEffect, useState } from 'preact/hooks';
import { m } from '../i18n/i18n';

/** Says so while the browser has no network. */
export function Offline() {
  const [offline, setOffline] = useState(!navigator.onLine);
  useEffect(() => {
    const look = () => setOffline(!navigator.onLine);
    window.addEventListener('online', look);
    window.addEventListener('offline', look);
    return () => {
      window.removeEventListener('online', look);
      window.removeEventListener('offline', look);
    };
  }, []);
  return offline ? (
    <p class="notice wait" role="alert">
      {m.common.offline}
    </p>
  ) : null;
}
