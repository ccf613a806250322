// The kinds of WebSub's tasks, known before WebSub is loaded. A test holds them against those of the library.
export const WEBSUB_KINDS: readonly string[] = [
  "websub.subscribe",
  "websub.unsubscribe",
  "websub.renew",
  "websub.check",
  "websub.expire",
  "websub.announce",
  "websub.receive",
  "websub.poll",
  "hub.verify",
  "hub.deny",
  "hub.fetch",
  "hub.fanout",
  "hub.distribute",
  "consumer.deliver",
  "consumer.disable",
  "consumer.replay",
];
