/**
 * A script for a browser that lists what is wrong with the page it shows: what is wider than the page, charts and tables that
 * cannot be seen, text that is too small, too faint or on top of other text.
 *
 * Text because the types of a browser are no part of this project.
 */
export const pageProbe = String.raw`(() => {
  const problems = []
  const page = document.documentElement
  const nameOf = (element) => element.tagName.toLowerCase() + " " + JSON.stringify((element.getAttribute("aria-label") ?? element.textContent).trim().slice(0, 50))
  if (page.scrollWidth > window.innerWidth) problems.push("the page scrolls sideways: " + page.scrollWidth)

  for (const element of document.body.querySelectorAll("*")) {
    if (element.closest(".scroll") !== null && !element.classList.contains("scroll")) continue
    const box = element.getBoundingClientRect()
    if (box.width > 0 && (box.left < -0.5 || box.right > window.innerWidth + 0.5)) problems.push("sticks out: " + nameOf(element))
  }
  for (const element of document.querySelectorAll("svg, table")) {
    const box = element.getBoundingClientRect()
    if (box.width < 40 || box.height < 20) problems.push("cannot be seen: " + nameOf(element))
  }

  const channels = (colour) => (colour.match(/[\d.]+/g) ?? []).map(Number)
  const luminance = ([r, g, b]) => {
    const linear = [r, g, b].map((value) => (value /= 255) <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4)
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
  }
  const isClear = (colour) => channels(colour).length === 4 && channels(colour)[3] === 0
  const behind = (element) => {
    for (let at = element; at !== null; at = at.parentElement) {
      const colour = getComputedStyle(at).backgroundColor
      if (!isClear(colour)) return colour
    }
    return "rgb(255, 255, 255)"
  }
  const contrast = (front, back) => {
    const [low, high] = [luminance(channels(front)), luminance(channels(back))].sort((a, b) => a - b)
    return (high + 0.05) / (low + 0.05)
  }
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
  const seen = new Set()
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement
    if (walker.currentNode.textContent.trim() === "" || seen.has(element) || element.closest("caption") !== null) continue
    seen.add(element)
    const style = getComputedStyle(element)
    const svg = element.closest("svg")
    const ratio = contrast(svg === null ? style.color : style.fill, behind(element))
    if (!(ratio >= 4.5)) problems.push("too faint, " + ratio.toFixed(2) + ": " + nameOf(element))
    const scale = svg === null ? 1 : svg.getBoundingClientRect().width / svg.viewBox.baseVal.width
    const size = Number.parseFloat(style.fontSize) * scale
    if (size < 9.5) problems.push("too small, " + size.toFixed(1) + " px: " + nameOf(element))
  }

  for (const svg of document.querySelectorAll("svg")) {
    const boxes = [...svg.querySelectorAll("text")].map((text) => ({ text, box: text.getBoundingClientRect() }))
    boxes.forEach(({ text, box }, i) => {
      for (const other of boxes.slice(i + 1)) {
        const across = Math.min(box.right, other.box.right) - Math.max(box.left, other.box.left)
        const down = Math.min(box.bottom, other.box.bottom) - Math.max(box.top, other.box.top)
        if (across > 1 && down > 3) problems.push("on top of each other: " + nameOf(text) + " and " + nameOf(other.text))
      }
    })
  }
  const accent = getComputedStyle(document.querySelector("a")).color
  if (contrast(accent, behind(document.body)) < 4.5) problems.push("the accent colour is too faint")
  return problems
})()`
