/** On every workspace container; scripts and people filter by it. */
export const LABEL_WORKSPACE = 'podex.workspace';
export const LABEL_WORKSPACE_ID = 'dev.podex.workspace-id';
export const LABEL_STORAGE_KEY = 'dev.podex.storage-key';
export const LABEL_IMAGE = 'dev.podex.image';
export const LABEL_SIZE = 'dev.podex.size';
/** On a container that was made for a warm pool, whose id it is; it stays when a workspace has taken it. */
export const LABEL_SLOT = 'podex.slot';
/** Version of the runtime (Node, daemon, bridge) that is mounted. */
export const LABEL_VERSION = 'dev.podex.version';
/** Shape of the container and of what compute and daemon say to each other. */
export const LABEL_PROTOCOL = 'dev.podex.protocol';
/** On the short-lived containers that compute works with; its value says what for. */
export const LABEL_ONE_OFF = 'dev.podex.one-off';
/** On the containers that mount the disks of workspaces; each ends with the compute that started it. */
export const LABEL_DISKS = 'dev.podex.disks';
/** On the containers that copy a workspace from server to server; its value is the move. */
export const LABEL_MOVE = 'dev.podex.move';
/** On the volumes that hold a runtime; its value is the version. */
export const LABEL_RUNTIME = 'dev.podex.runtime';
/** On the network that workspaces stand on. */
export const LABEL_NETWORK = 'dev.podex.network';
/** On the helper that freezes containers, one on each server; its value is the version of its program. */
export const LABEL_FREEZER = 'dev.podex.freezer';
