/// The one style sheet of reports and dashboard pages.
///
/// Colours are Okabe and Ito's, darkened or lightened for contrast on paper and on a dark screen; grey is the reference and red is now, everywhere. A shape or a
/// word always says the same as a colour does.
package enum StyleSheet {
  package static let css: StaticString = """
    :root{color-scheme:light dark;--paper:#fff;--ground:#f5f5f3;--ink:#1d2023;--soft:#5d646c;--rule:#e2e3e1;--hair:#eeeeec;--ref:#8b9199;--red:#c2361f;\
    --blue:#0b66a3;--amber:#a86200;--teal:#00775f;--plum:#8a4583;--wash:#fbeeeb;--good:#e9f4f0;--warn:#fbf3e2}
    @media (prefers-color-scheme:dark){:root{--paper:#1b1d20;--ground:#121315;--ink:#e9eaec;--soft:#a2a8b0;--rule:#34383d;--hair:#282b2f;--ref:#8f969f;\
    --red:#ff7f68;--blue:#6db8f2;--amber:#edb356;--teal:#45c7a5;--plum:#d8a1d3;--wash:#37211d;--good:#16302a;--warn:#332a17}}
    *{box-sizing:border-box}
    html{-webkit-text-size-adjust:100%}
    body{margin:0;background:var(--ground);color:var(--ink);font:16px/1.55 Inter,-apple-system,BlinkMacSystemFont,"Segoe UI",Roboto,"Helvetica Neue",\
    "Liberation Sans",Arial,sans-serif;font-variant-numeric:tabular-nums;overflow-wrap:break-word}
    main{max-width:956px;margin:0 auto;padding:40px 48px 56px;background:var(--paper);min-height:100vh}
    header .over{display:flex;flex-wrap:wrap;gap:6px 14px;align-items:center;color:var(--soft);font-size:13px;letter-spacing:.02em;margin:0 0 18px}
    header .brand{font-weight:700;letter-spacing:.14em;color:var(--ink)}
    h1{font-size:29px;line-height:1.24;letter-spacing:-.014em;font-weight:650;margin:0 0 12px;text-wrap:balance}
    h2{font-size:18px;line-height:1.3;margin:44px 0 10px;font-weight:650;letter-spacing:-.005em}
    h3{font-size:15px;margin:24px 0 6px}
    p{margin:0 0 12px;max-width:72ch}
    .lead{font-size:17px;color:var(--soft);margin-bottom:22px}
    .soft,figcaption,.note{color:var(--soft)}
    a{color:var(--blue)}
    .pill{display:inline-block;border-radius:99px;padding:2px 11px;font-size:12.5px;font-weight:650;letter-spacing:.03em;border:1px solid currentColor}
    .pill.firing,.pill.refused,.pill.missed{color:var(--red);background:var(--wash)}
    .pill.pending,.pill.insufficient{color:var(--amber);background:var(--warn)}
    .pill.resolved,.pill.promoted,.pill.found,.pill.quiet{color:var(--teal);background:var(--good)}
    .pill.inactive,.pill.info{color:var(--soft)}
    .facts{display:flex;flex-wrap:wrap;gap:1px;background:var(--rule);border:1px solid var(--rule);border-radius:10px;\
    overflow:hidden;margin:0 0 8px;padding:0}
    .facts div{flex:1 1 150px;background:var(--paper);padding:12px 16px}
    .facts.wide div{flex-basis:30%}
    .facts dt{font-size:12.5px;color:var(--soft);margin:0}
    .facts dd{margin:1px 0 0;font-size:20px;font-weight:600;line-height:1.3;letter-spacing:-.01em}
    .facts dd.words{font-size:15px;letter-spacing:0}
    .facts small{display:block;font-size:12.5px;font-weight:400;color:var(--soft);letter-spacing:0}
    figure{margin:14px 0 8px}
    figcaption{font-size:13.5px;margin-top:6px;max-width:80ch}
    .key{display:inline-block;width:11px;height:11px;border-radius:2px;margin:0 5px 0 2px;vertical-align:-1px}
    .key.reference{background:var(--ref);opacity:.6}.key.current{background:var(--red)}
    svg{display:block;width:100%;height:auto;overflow:visible;font:12px Inter,-apple-system,BlinkMacSystemFont,"Segoe UI",Roboto,"Helvetica Neue",\
    "Liberation Sans",Arial,sans-serif;font-variant-numeric:tabular-nums}
    svg.narrow{display:none}
    svg.inline{width:200px;height:24px;min-width:200px}
    svg text{fill:var(--soft)}
    svg .name,svg .event,svg .figure{fill:var(--ink)}
    svg .figure{font-size:12px}svg .strong{font-weight:650}
    svg .event,svg .panel-title,svg .figure{paint-order:stroke;stroke:var(--paper);stroke-width:4px;stroke-linejoin:round}
    svg .panel-title{fill:var(--ink);font-size:13px;font-weight:650}
    .grid{stroke:var(--hair);stroke-width:1}.axis{stroke:var(--ref);stroke-width:1}
    .ref-line{stroke:var(--ref);stroke-width:1.5;stroke-dasharray:6 3}.ref-band{fill:var(--ref);opacity:.16}
    .limit{stroke:var(--red);stroke-width:1.2;stroke-dasharray:2 3}
    .series{fill:none;stroke-width:2;stroke-linejoin:round;stroke-linecap:round}
    .band{opacity:.15}.area{opacity:.22}.faint{opacity:.45;stroke-width:1.3}
    .series.s0{stroke:var(--blue)}.band.s0,.area.s0,.dot.s0{fill:var(--blue)}
    .series.s1{stroke:var(--amber);stroke-dasharray:7 3}.band.s1,.area.s1,.dot.s1{fill:var(--amber)}
    .series.s2{stroke:var(--teal);stroke-dasharray:2 4}.band.s2,.area.s2,.dot.s2{fill:var(--teal)}
    .series.s3{stroke:var(--plum);stroke-dasharray:9 3 2 3}.band.s3,.area.s3,.dot.s3{fill:var(--plum)}
    .series.s4{stroke:var(--soft)}.band.s4,.area.s4,.dot.s4{fill:var(--soft)}
    .ring{fill:none;stroke:var(--amber);stroke-width:2}
    .hollow{fill:var(--paper);stroke:var(--soft);stroke-width:1.2}
    .changed{fill:var(--red);stroke:var(--paper);stroke-width:.8}
    .bar.reference{fill:var(--ref);opacity:.6}.bar.current{fill:var(--red)}
    .current-fill{fill:var(--red);opacity:.13}.current-line{fill:none;stroke:var(--red);stroke-width:1.8;stroke-linejoin:round}
    .whisker{stroke:var(--blue);stroke-width:1.6}.whisker.pass{stroke:var(--teal)}.whisker.fail{stroke:var(--red)}
    .dot.pass{fill:var(--teal)}.dot.fail{fill:var(--red)}
    .mark{stroke:var(--paper);stroke-width:1}.mark.planted{fill:var(--soft)}.mark.firing{fill:var(--red)}.mark.promotion{fill:var(--teal)}.mark.refusal{fill:var(--amber)}
    .mark.pending{fill:var(--paper);stroke:var(--red);stroke-width:1.6}.mark.resolved{fill:var(--paper);stroke:var(--teal);stroke-width:2}\
    .mark.retraining{fill:var(--blue)}
    .through{stroke-width:1;opacity:.5}.through.planted{stroke:var(--soft);stroke-dasharray:3 3}.through.firing{stroke:var(--red)}.through.promotion{stroke:var(--teal)}\
    .through.refusal,.through.rollback{stroke:var(--amber)}.through.resolved,.through.pending,.through.retraining{stroke:none}
    .scroll{overflow-x:auto;margin:8px 0}
    table{border-collapse:collapse;width:100%;font-size:14px;line-height:1.45}
    th{text-align:left;font-weight:600;font-size:12.5px;color:var(--soft);border-bottom:1px solid var(--ref);padding:6px 14px 6px 0;vertical-align:bottom}
    td{border-bottom:1px solid var(--rule);padding:8px 14px 8px 0;vertical-align:top}
    th:last-child,td:last-child{padding-right:0}
    td.num,th.num{text-align:right;white-space:nowrap}td.nowrap{white-space:nowrap}
    tr.bad td:first-child{border-left:3px solid var(--red);padding-left:10px}
    td.text{min-width:260px}td.done{min-width:150px}
    td ul{margin:0;padding-left:16px}
    dl.rows{display:grid;grid-template-columns:minmax(130px,max-content) 1fr;gap:0;margin:8px 0;font-size:14.5px}
    dl.rows dd{overflow-wrap:anywhere;min-width:0}
    dl.rows dt,dl.rows dd{margin:0;padding:6px 18px 6px 0;border-bottom:1px solid var(--rule)}
    dl.rows dt{color:var(--soft)}
    code,pre{font:13px/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,"Liberation Mono",monospace}
    pre{background:var(--ground);border-radius:8px;padding:12px 16px;overflow-x:auto;margin:8px 0;white-space:pre-wrap;overflow-wrap:anywhere}
    code{overflow-wrap:anywhere}
    ol,ul{padding-left:22px;margin:8px 0}li{margin:3px 0}
    .legend{display:flex;flex-wrap:wrap;gap:4px 18px;font-size:13px;color:var(--soft);margin:6px 0 0;padding:0;list-style:none}
    .legend li{display:flex;align-items:center;gap:6px;margin:0}.legend svg{width:14px;height:14px}
    footer{margin-top:48px;padding-top:14px;border-top:1px solid var(--rule);color:var(--soft);font-size:13px}
    nav{font-size:14px;margin:0 0 22px;display:flex;gap:16px}
    @media (max-width:640px){table{min-width:600px}main{padding:22px 14px 40px}h1{font-size:23px}.lead{font-size:16px}h2{margin-top:34px}svg.wide{display:none}svg.narrow{display:block}\
    .facts div,.facts.wide div{flex-basis:40%;padding:10px 12px}.facts dd{font-size:17px}dl.rows{grid-template-columns:1fr}dl.rows dt{border:0;padding-bottom:0}}
    @media print{:root{--paper:#fff;--ground:#fff;--ink:#000;--soft:#444;--rule:#ccc;--hair:#eee}body{font-size:11pt}main{padding:0;max-width:none}\
    figure,tr,.facts{break-inside:avoid}h2{break-after:avoid}pre{border:1px solid #ccc}}
    """
}
