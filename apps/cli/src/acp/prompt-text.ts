import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { type ContentBlock, RequestError } from '@agentclientprotocol/sdk';

/**
 * What a person wrote in an editor, as one message: the text with the names of what they refer to, and below it the contents that the
 * editor sent along. A file of the editor’s folder is named as it is within it, which is what the workspace knows.
 *
 * @throws RequestError for what a message cannot carry.
 */
export function promptText(blocks: readonly ContentBlock[], folder: string): string {
  const contents: string[] = [];
  const text = blocks.map((block) => {
    switch (block.type) {
      case 'text':
        return block.text;
      case 'resource_link':
        return `\`${nameOf(block.uri, folder)}\``;
      case 'resource': {
        const { resource } = block;
        if (!('text' in resource)) throw notCarried('binary resources');
        const name = nameOf(resource.uri, folder);
        contents.push(`\`${name}\`:\n\n${fenced(resource.text)}`);
        return `\`${name}\``;
      }
      default:
        throw notCarried(block.type);
    }
  });
  return [text.join(''), ...contents].join('\n\n');
}

function notCarried(what: string): RequestError {
  return RequestError.invalidParams(
    { content: what },
    `Messages to Podex have no ${what}; send text and files`,
  );
}

function nameOf(uri: string, folder: string): string {
  const url = URL.parse(uri);
  if (url?.protocol !== 'file:') return uri;
  const file = fileURLToPath(new URL(url.pathname, 'file:///'));
  const relative = path.relative(folder, file);
  const isInside = relative !== '' && !relative.startsWith('..') && !path.isAbsolute(relative);
  return (isInside ? relative : file) + linesOf(url);
}

/** Editors name a selection in the fragment, as in `#L3-7`. */
function linesOf({ hash }: URL): string {
  return /^#L\d+/.test(hash) ? ` (${hash.slice(1)})` : '';
}

/** A fence that the text cannot end. */
function fenced(text: string): string {
  const longest = Math.max(2, ...Array.from(text.matchAll(/`+/g), ([run]) => run.length));
  const fence = '`'.repeat(longest + 1);
  return `${fence}\n${text.endsWith('\n') ? text : `${text}\n`}${fence}`;
}
