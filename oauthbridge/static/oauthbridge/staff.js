// On a phone the sections scroll sideways: bring the one that is open into sight.
document.querySelector("#sections .here")?.scrollIntoView({ inline: "center", block: "nearest" });
