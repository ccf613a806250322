import { alarms, type Queues } from "./alarms.ts";
import { dashboard } from "./dashboard.ts";
import { named } from "./function.ts";
import type { Tables } from "./tables.ts";

type Needs = { tables: Tables; queues: Queues; apiId: $util.Input<string>; email: string | undefined };

/** Who is told, what about, and one page to look at. */
export function operations({ tables, queues, apiId, email }: Needs) {
  const topic = new aws.sns.Topic("Alarms", { name: named("alarms") });
  // AWS asks the address for its consent by mail before it sends anything.
  if (email)
    new aws.sns.TopicSubscription("AlarmsByMail", { topic: topic.arn, protocol: "email", endpoint: email });
  alarms({ tables, queues, apiId, topic });
  const { region } = aws.getRegionOutput();
  const page = dashboard({ tables, queues, apiId, region });
  return {
    // A deployment that was told no address takes the last one's subscription away: at least it says so.
    alarms: email || "nobody: HOOKCLOCK_ALARM_EMAIL is not set",
    dashboard: $interpolate`https://${region}.console.aws.amazon.com/cloudwatch/home?region=${region}#dashboards/dashboard/${page.dashboardName}`,
  };
}
