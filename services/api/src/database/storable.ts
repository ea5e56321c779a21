export { toJson, toText } from '@podex/contracts/storable';
