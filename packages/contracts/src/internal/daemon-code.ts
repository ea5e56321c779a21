// Without a schema: the stub that `daemon.js` is has these too, and loads nothing.

/**
 * Where code of the daemon lies that is newer than its volume’s, root’s to write. In the container’s own layer, so that a rebuild, which brings
 * a new volume, takes it away.
 */
export const DAEMON_UPGRADES_PATH = '/opt/podex-upgrade';
/**
 * What can be asked of the daemon, and how. Grows with each route and each change of meaning; 1 are daemons that do not say. compute serves
 * all of them: what one does not know it responds to with `daemon_outdated`.
 */
export const DAEMON_PROTOCOL = 3;
/**
 * What the daemon’s code stands on in its volume: `start`, Node, the stub `daemon.js`, the fork server, the bridge, the git helper, node-pty. Code runs on a volume of
 * its own number alone: raise it when these change so that the code of before cannot run on them, or the other way round. 0 are volumes that
 * take no other code.
 */
export const DAEMON_RUNTIME_BASE = 1;
/** Of the code that is sent, as it is and not as it is compressed. */
export const UPGRADE_MAX_BYTES = 16_777_216;
