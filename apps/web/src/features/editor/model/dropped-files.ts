/** What a person chose or dropped, with where it lies below the folder that it goes to. */
export interface ChosenFiles {
  files: { path: string; file: File }[];
  /** Folders with nothing in them. */
  emptyFolders: string[];
}

/** From a field for files; one for folders gives each file its path. */
export function chosenFiles(list: FileList): ChosenFiles {
  const files = Array.from(list, (file) => ({ path: file.webkitRelativePath || file.name, file }));
  return { files, emptyFolders: [] };
}

/** Whether something that is dragged over the page are files of the computer. */
export function holdsFiles({ types }: DataTransfer): boolean {
  return types.includes('Files');
}

/** From a drop, folders with all that is in them. Must be called in the event itself, which forgets what it holds when it is over. */
export async function droppedFiles({ items }: DataTransfer): Promise<ChosenFiles> {
  // What comes from a script or another page is no entry of a disk, but a file all the same.
  const dropped = Array.from(items, (item) => item.webkitGetAsEntry() ?? item.getAsFile());
  const chosen: ChosenFiles = { files: [], emptyFolders: [] };
  for (const one of dropped) {
    if (one instanceof File) chosen.files.push({ path: one.name, file: one });
    else if (one !== null) await collect(one, '', chosen);
  }
  return chosen;
}

async function collect(entry: FileSystemEntry, above: string, chosen: ChosenFiles): Promise<void> {
  const path = `${above}${entry.name}`;
  if (isFile(entry)) {
    const file = await new Promise<File>((resolve, reject) => entry.file(resolve, reject));
    chosen.files.push({ path, file });
  } else if (isFolder(entry)) {
    const children = await readAll(entry.createReader());
    if (children.length === 0) chosen.emptyFolders.push(path);
    for (const child of children) await collect(child, `${path}/`, chosen);
  }
}

function isFile(entry: FileSystemEntry): entry is FileSystemFileEntry {
  return entry.isFile;
}

function isFolder(entry: FileSystemEntry): entry is FileSystemDirectoryEntry {
  return entry.isDirectory;
}

/** Each look at a reader gives some of the entries, and none at the end. */
async function readAll(reader: FileSystemDirectoryReader): Promise<FileSystemEntry[]> {
  const all: FileSystemEntry[] = [];
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) =>
      reader.readEntries(resolve, reject),
    );
    if (some.length === 0) return all;
    all.push(...some);
  }
}
