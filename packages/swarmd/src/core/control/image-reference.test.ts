import { expect, test } from "vitest";
import { isImageReference } from "./image-reference.ts";

const digest = `sha256:${"0123456789abcdef".repeat(4)}`;

test.each([
  "busybox",
  "busybox:1.36",
  "library/busybox",
  "a/b/c:latest",
  "localhost:5000",
  "localhost/app",
  "localhost:5000/app:v1",
  "registry.example.com/team/app",
  "registry.example.com:443/team/app:1.0_rc-1",
  "Registry/app",
  "[2001:db8::1]:5000/app",
  `app@${digest}`,
  `registry.example.com/app:1@${digest}`,
  "a__b/c--d/e.f_g",
  `app:${"t".repeat(128)}`,
])("%s is an image", (text) => {
  expect(isImageReference(text)).toBe(true);
});

test.each([
  "",
  "Busybox",
  "busy box",
  "app:",
  "app:a b",
  "app:-1",
  `app:${"t".repeat(129)}`,
  "/app",
  "app/",
  "a//b",
  "registry.example.com/",
  "registry.example.com/App",
  "-registry.example.com/app",
  "registry.example.com:port/app",
  "a___b",
  "a._b",
  "_a",
  "a-",
  "app@",
  "app@sha256:abc",
  `app@md5:${"a".repeat(32)}`,
  `app@${digest.toUpperCase()}`,
  `app@${digest}@${digest}`,
  `app@${digest}:more`,
  "0123456789abcdef".repeat(4),
  "a".repeat(256),
  "app\n",
])("%j is no image", (text) => {
  expect(isImageReference(text)).toBe(false);
});
