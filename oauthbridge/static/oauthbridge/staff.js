// On a phone the sections scroll sideways: bring the one that is open into sight.
document.querySelector("#sections .here")?.scrollIntoView({ inline: "center", block: "nearest" });
// Times are shown in the member's own zone: from the next page on, which is the one after the sign-in.
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
if (zone) {
  const secure = location.protocol === "https:" ? "; Secure" : "";
  document.cookie = `meo_staff_zone=${zone}; Path=/admin; Max-Age=31536000; SameSite=Strict${secure}`;
}
