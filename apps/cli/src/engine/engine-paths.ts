import path from 'node:path';

/** The socket of the engine that the system runs. */
export const SYSTEM_ENGINE_SOCKET = '/var/run/docker.sock';

/** Where an engine of Podex's own keeps everything: below `<podexHome>/engine`. */
export interface EnginePaths {
  directory: string;
  configFile: string;
  socketPath: string;
  pidFile: string;
  logFile: string;
  /** Images, containers and volumes: as precious as the workspaces. */
  dataRoot: string;
  /** What does not outlive a boot. */
  execRoot: string;
  /** Id of the boot that `execRoot` belongs to. */
  bootIdFile: string;
  runscWrapper: string;
}

export function enginePaths(podexHome: string): EnginePaths {
  const directory = path.join(podexHome, 'engine');
  const within = (name: string) => path.join(directory, name);
  return {
    directory,
    configFile: within('daemon.json'),
    socketPath: within('docker.sock'),
    pidFile: within('docker.pid'),
    logFile: within('dockerd.log'),
    dataRoot: within('data'),
    execRoot: within('exec'),
    bootIdFile: within('boot-id'),
    runscWrapper: within('runsc-wrap'),
  };
}
