/// <reference path="./.sst/platform/config.d.ts" />

// SST refuses imports at the top of this file: stacks are loaded inside `run`.
export default $config({
  app(input) {
    const isProduction = input?.stage === "production";
    return {
      name: "hookclock",
      home: "aws",
      // Production keeps its tables whatever happens to the rest, and `sst remove` refuses to touch it.
      removal: isProduction ? "retain" : "remove",
      protect: isProduction,
    };
  },
  async run() {
    const { app } = await import("./stacks/app.ts");
    return app({ alarmEmail: process.env.HOOKCLOCK_ALARM_EMAIL, environment: process.env });
  },
});
