import { variable } from '@podex/service-kit/variables';
import { z } from 'zod';

const text = z.string().optional();

/** The variables of the server of the page, for `podex doctor`; the page itself knows nothing of service-kit. */
export const WEB_VARIABLES = {
  FRONTEND_URL: variable(
    text,
    'as on api: where people open the page; under other names it shows nothing; any name when left out',
    { example: 'https://podex.example.com' },
  ),
  NODE_ENV: variable(text, 'production; set by podex up'),
  PORT: variable(text, 'port of the page; 3000 when left out', { example: '3000' }),
  HOSTNAME: variable(text, 'address to listen on; all when left out', { example: '0.0.0.0' }),
  PODEX_API_PORT: variable(
    text,
    'port of api on the host of the page, where NEXT_PUBLIC_API_URL is left out',
    {
      example: '3001',
    },
  ),
  PREVIEW_DOMAIN: variable(text, 'as on api: the page has previews below it in frames, and nothing else', {
    example: 'podex-previews.example',
  }),
  PREVIEW_PORT: variable(text, 'as on api: the page has previews at it in frames', { example: '3004' }),
  NEXT_PUBLIC_API_URL: variable(text, 'origin of api as browsers reach it; read when the server starts', {
    example: 'https://api.example.com',
  }),
  NEXT_PUBLIC_WS_URL: variable(text, 'origin of WebSockets as browsers reach it; that of api when left out', {
    example: 'wss://api.example.com',
  }),
};
