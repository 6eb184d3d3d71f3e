// A host of MCP Apps: one view in a sandboxed frame, by the official AppBridge. `open` starts it; calls of the view wait in `asked`
// until the test answers them with `answer`.
import { AppBridge, PostMessageTransport } from "@modelcontextprotocol/ext-apps/app-bridge";

window.asked = [];
// What the view has told the model of this host.
window.told = [];
window.sizes = [];

window.open_view = async (html, given, result, context) => {
  document.body.replaceChildren();
  window.asked = [];
  window.told = [];
  const frame = document.createElement("iframe");
  frame.setAttribute("sandbox", "allow-scripts");
  frame.style.cssText = "border:0;display:block;width:100%;height:900px";
  document.body.append(frame);
  const bridge = new AppBridge(null, { name: "tests", version: "1" }, { serverTools: {}, updateModelContext: { text: {} } }, { hostContext: context });
  bridge.oncalltool = (params) => new Promise((resolve) => window.asked.push({ params, resolve }));
  bridge.onupdatemodelcontext = async (params) => {
    window.told.push(params.content[0].text);
    return {};
  };
  bridge.onsizechange = (size) => window.sizes.push(size);
  const ready = new Promise((resolve) => (bridge.oninitialized = resolve));
  await bridge.connect(new PostMessageTransport(frame.contentWindow, frame.contentWindow));
  frame.srcdoc = html;
  await ready;
  await bridge.sendToolInput({ arguments: given });
  await bridge.sendToolResult(result);
  window.bridge = bridge;
};

window.next_call = () => (window.asked[0] ? window.asked[0].params : null);
window.answer = (result) => window.asked.shift().resolve(result);
