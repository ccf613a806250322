import { checkedSigningSecrets } from "./signing-secret.ts";

/** What signs every delivery, after the Standard Webhooks specification. `npx sst secret set SigningSecret whsec_...` */
export function secrets() {
  const { value } = new sst.Secret("SigningSecret");
  return { signingSecret: value.apply(checkedSigningSecrets) };
}
