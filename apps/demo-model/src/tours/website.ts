import type { Tour } from './tour.ts';

const PAGE = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <title>Tea timer</title>
    <link rel="stylesheet" href="style.css" />
  </head>
  <body>
    <main>
      <h1>Tea timer</h1>
      <p id="left" role="timer">3:00</p>
      <div class="row">
        <button data-seconds="180">Green, 3 min</button>
        <button data-seconds="240">Black, 4 min</button>
        <button data-seconds="420">Herbal, 7 min</button>
      </div>
    </main>
    <script src="timer.js"></script>
  </body>
</html>
`;

const STYLE = `:root { color-scheme: light dark; font-family: system-ui, sans-serif; }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; background: Canvas; color: CanvasText; }
main { text-align: center; padding: 2rem; }
#left { font-size: 5rem; font-variant-numeric: tabular-nums; margin: 1rem 0; }
.row { display: flex; gap: .75rem; flex-wrap: wrap; justify-content: center; }
button { font: inherit; padding: .6rem 1.1rem; border-radius: .6rem; border: 1px solid color-mix(in srgb, CanvasText 25%, Canvas); cursor: pointer; }
`;

const TIMER = `const left = document.querySelector('#left');
let interval;

function show(seconds) {
  left.textContent = Math.floor(seconds / 60) + ':' + String(seconds % 60).padStart(2, '0');
}

document.querySelector('.row').addEventListener('click', (event) => {
  let seconds = Number(event.target.dataset.seconds);
  if (!seconds) return;
  clearInterval(interval);
  show(seconds);
  interval = setInterval(() => {
    seconds -= 1;
    show(seconds);
    if (seconds === 0) {
      clearInterval(interval);
      left.textContent = 'Ready!';
    }
  }, 1000);
});
`;

export const websiteTour: Tour = {
  prompt: 'Create a small website and test it',
  steps: [
    {
      say: 'I will make a small tea timer in `tea-timer/`: one page, one style sheet, one script. No build, no packages.',
      calls: [
        { name: 'write_file', arguments: { path: 'tea-timer/index.html', content: PAGE } },
        { name: 'write_file', arguments: { path: 'tea-timer/style.css', content: STYLE } },
        { name: 'write_file', arguments: { path: 'tea-timer/timer.js', content: TIMER } },
      ],
    },
    {
      say: 'The files are written. Now I serve them on port 8123, in the background so that the server stays.',
      expect: /timer\.js/,
      calls: [
        {
          name: 'run_command',
          arguments: { command: 'python3 -m http.server 8123', cwd: 'tea-timer', background: true },
        },
      ],
    },
    {
      say: 'Let me ask it for the page and the script, and check that the script is sound.',
      calls: [
        {
          name: 'run_command',
          arguments: {
            command:
              'for file in "" style.css timer.js; do curl -s -o /dev/null -w "%{http_code} %{size_download} bytes  /$file\\n" "http://localhost:8123/$file"; done',
          },
        },
        {
          name: 'run_command',
          arguments: { command: 'node --check timer.js && echo sound', cwd: 'tea-timer' },
        },
      ],
    },
    {
      say: 'All three files are served and the script parses. The site is in `tea-timer/`; the server keeps running on **port 8123**.\n\nYou can open `tea-timer/index.html` in the editor on the right, or stop the server with `pkill -f http.server` in the terminal.\n\n_(I am a scripted demo: what I said was written beforehand, but the files, the server and the checks are real.)_',
      expect: /sound/,
    },
  ],
};
