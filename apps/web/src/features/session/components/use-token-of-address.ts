import { useEffect, useState } from 'react';

/**
 * The secret of a mailed link. It stands behind the #, which only the browser sees. Undefined until the browser has told, null when
 * there is none.
 */
export function useTokenOfAddress(): string | null | undefined {
  const [token, setToken] = useState<string | null>();
  useEffect(() => {
    const read = () => setToken(new URLSearchParams(window.location.hash.slice(1)).get('token'));
    read();
    window.addEventListener('hashchange', read);
    return () => window.removeEventListener('hashchange', read);
  }, []);
  return token;
}
