import { Section } from '#components/section.tsx';
import { OwnUsage } from './usage-view.tsx';

/** Part of the account page. */
export function ModelUsageSection() {
  return (
    <Section
      title="Model usage"
      description="What the agent used of models in your workspaces outside of teams, by the providers’ own figures."
      isFlush
    >
      <OwnUsage />
    </Section>
  );
}
