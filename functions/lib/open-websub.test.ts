import { Hooks } from "hookclock";
import { expect, test } from "vitest";
import { openWebSub } from "./open-websub.ts";

const open = async (texts: Parameters<typeof openWebSub>[2]) => {
  const keys = { region: "eu-west-1", accessKeyId: "k", secretAccessKey: "s" };
  const hooks = new Hooks({
    ...keys,
    tasksTableName: "tasks",
    logsTableName: "logs",
    endpoint: "http://127.0.0.1:9",
  });
  try {
    const webSub = openWebSub(
      hooks,
      { ...keys, endpoint: "http://127.0.0.1:9", baseUrl: "https://hub.example" },
      texts,
    );
    const form = new URLSearchParams({ "hub.mode": "publish", "hub.url": "https://b.example/feed" });
    const answer = await webSub.hub.request({
      namespace: "default",
      contentType: "application/x-www-form-urlencoded",
      body: Buffer.from(form.toString()),
    });
    await webSub.close();
    return answer;
  } finally {
    await hooks.close();
  }
};

test("what the environment says is what the hub does", async () => {
  expect(await open({ publishers: "a.example" })).toMatchObject({ status: 403 });
});

test("content is as large as Lambda takes, or less", async () => {
  for (const contentBytesMax of ["4194305", "1023", "4 MiB"])
    await expect(open({ contentBytesMax })).rejects.toThrow(
      /HOOKCLOCK_CONTENT_BYTES_MAX: .* 1024 to 4194304$/,
    );
  expect(await open({ contentBytesMax: "4194304", publishers: "a.example" })).toMatchObject({ status: 403 });
});

test("what cannot be used is named by its variable", async () => {
  await expect(open({ publishers: "https://a@b.example", signature: "md5" })).rejects.toThrow(
    /HOOKCLOCK_HUB_SIGNATURE: .*HOOKCLOCK_HUB_PUBLISHERS: |HOOKCLOCK_HUB_PUBLISHERS: .*HOOKCLOCK_HUB_SIGNATURE: /,
  );
});

test("it is a fault of ours, not of who asks", async () => {
  for (const texts of [{ signature: "md5" }, { leaseSecondsMin: "60", leaseSecondsMax: "30" }])
    await expect(open(texts)).rejects.toMatchObject({ code: "handler-fault" });
});

test("one bound of leases is enough: the library's own default keeps to it", async () => {
  const texts = { leaseSecondsMax: "60", publishers: "a.example" };
  expect(await open(texts)).toMatchObject({ status: 403 });
});
