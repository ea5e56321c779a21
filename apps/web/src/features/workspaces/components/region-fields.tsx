import type { RegionMatch } from '@podex/contracts/placement';
import { useQuery } from '@tanstack/react-query';
import { SelectField } from '#components/select-field.tsx';
import { regionsQuery } from '../api/workspaces-query.ts';

/** Fields of a new workspace; none of them: anywhere. */
export type RegionWish = { region: string; region_match: RegionMatch } | Record<string, never>;

export const ANYWHERE: RegionWish = {};
/** No region is called so: its name is not empty. */
const ANY = '';

interface RegionFieldsProps {
  wish: RegionWish;
  onChoose: (wish: RegionWish) => void;
}

/** Where it is to live. There is nothing to choose while all servers stand in one region. */
export function RegionFields({ wish, onChoose }: RegionFieldsProps) {
  const regions = useQuery(regionsQuery()).data?.regions ?? [];
  if (regions.length < 2) return null;
  const { region = ANY, region_match: match = 'required' } = wish;
  return (
    <div className="grid gap-4 sm:grid-cols-2">
      <SelectField
        label="Region"
        value={region}
        options={[{ value: ANY, label: 'Any' }, ...regions.map((name) => ({ value: name, label: name }))]}
        onChoose={(chosen) => onChoose(chosen === ANY ? ANYWHERE : { region: chosen, region_match: match })}
      />
      {region !== ANY && (
        <SelectField<RegionMatch>
          label="When it’s full"
          value={match}
          options={[
            { value: 'required', label: 'Wait for room' },
            { value: 'preferred', label: 'Use another region' },
          ]}
          onChoose={(chosen) => onChoose({ region, region_match: chosen })}
        />
      )}
    </div>
  );
}
