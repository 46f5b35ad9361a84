"use strict";
// Pictures of the catalogue: one after the other as they come into sight, because each may have to be drawn.
{
  const status = document.getElementById("thumbnails");
  const queue = [];
  let running = false;
  const next = () => {
    const picture = queue.shift();
    running = Boolean(picture);
    status.dataset.waiting = String(queue.length + (running ? 1 : 0));
    if (!picture) return;
    picture.classList.add("coming");
    const done = () => { picture.classList.remove("coming"); next(); };
    picture.addEventListener("load", done, { once: true });
    picture.addEventListener("error", done, { once: true });
    picture.src = picture.dataset.src;
  };
  const seen = new IntersectionObserver((entries) => {
    for (const { target, isIntersecting } of entries) {
      if (!isIntersecting) continue;
      seen.unobserve(target);
      queue.push(target);
    }
    if (!running) next();
  }, { rootMargin: "150px" });
  for (const picture of document.querySelectorAll("img[data-src]")) seen.observe(picture);
}
