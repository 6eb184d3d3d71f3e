// Inside Telegram a link would open in the same webview: Telegram is asked to open it in the person's own browser
// (core.telegram.org/api/web-events, web_app_open_link). Anywhere else the link is just a link.
"use strict";
const link = document.getElementById("outside");
link.addEventListener("click", (event) => {
  const data = { url: link.href, try_instant_view: false };
  if (window.TelegramWebviewProxy) {
    event.preventDefault();
    window.TelegramWebviewProxy.postEvent("web_app_open_link", JSON.stringify(data));
  } else if (window.parent !== window) {
    event.preventDefault();
    window.parent.postMessage(
      JSON.stringify({ eventType: "web_app_open_link", eventData: data }),
      "https://web.telegram.org",
    );
  }
});
