(() => {
  "use strict";
  const form = document.getElementById("filter");
  if (!form) return;
  const said = document.getElementById("shown");
  const fields = ["text", "readiness", "subscription", "family", "deadline"].map((name) => form.elements[name]);
  const groups = Array.from(document.querySelectorAll(".fleet-group"), (element) => ({
    element,
    subscription: element.dataset.subscription,
    title: element.querySelector("caption").textContent.toLowerCase(),
    rows: Array.from(element.querySelector("tbody").rows),
  }));
  const all = groups.reduce((sum, group) => sum + group.rows.length, 0);
  const texts = new Map();

  const textOf = (row, group) => {
    if (!texts.has(row)) texts.set(row, `${row.textContent} ${row.dataset.x ?? ""}`.toLowerCase());
    return `${texts.get(row)} ${group.subscription.toLowerCase()} ${group.title}`;
  };
  const has = (list, mark, value) => (list ?? "").split(mark).includes(value);
  const fits = (row, group, want) =>
    (!want.subscription || want.subscription === group.subscription) &&
    (!want.readiness || want.readiness === row.dataset.r) &&
    (!want.family || has(row.dataset.f, " ", want.family)) &&
    (!want.deadline || has(row.dataset.d, "|", want.deadline)) &&
    want.words.every((word) => textOf(row, group).includes(word));

  const wanted = () => {
    const want = Object.fromEntries(fields.map((field) => [field.name, field.value]));
    return { ...want, words: want.text.toLowerCase().split(/\s+/).filter(Boolean) };
  };

  const apply = () => {
    const want = wanted();
    let shown = 0;
    for (const group of groups) {
      let some = 0;
      for (const row of group.rows) {
        const fit = fits(row, group, want);
        if (row.hidden === fit) row.hidden = !fit;
        some += fit;
      }
      group.element.hidden = !some;
      shown += some;
    }
    said.textContent = `Shown: ${shown.toLocaleString("en-GB")} of ${all.toLocaleString("en-GB")} clusters.`;
  };

  const remember = () => {
    const state = new URLSearchParams(fields.filter((field) => field.value).map((field) => [field.name, field.value]));
    history.replaceState(null, "", state.size ? `#${state}` : "#clusters");
  };

  const recall = () => {
    if (location.hash && !location.hash.includes("=")) return;
    const state = new URLSearchParams(location.hash.slice(1));
    for (const field of fields) {
      const value = state.get(field.name) ?? "";
      if (field.options && !Array.from(field.options).some((option) => option.value === value)) {
        field.add(new Option(`${value} (none)`, value));
      }
      field.value = value;
    }
    apply();
  };

  form.addEventListener("input", () => { apply(); remember(); });
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", (event) => {
    event.preventDefault();
    for (const field of fields) field.value = "";
    apply();
    remember();
  });
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-filter]");
    if (!link) return;
    event.preventDefault();
    location.hash = link.dataset.filter;
    recall();
    document.getElementById("clusters").focus();
  });
  window.addEventListener("hashchange", recall);
  form.hidden = false;
  apply();
  recall();
})();
