from __future__ import annotations

import pytest

from tests.parse.reading import anchors, body, kinds, outline, read, under

SEEN = [
    # A component's tags go, the text inside stays, and so does its Markdown.
    ('<Callout type="info">\n  Read **this**.\n</Callout>', "Read **this**."),
    # On one line as well.
    ("<Callout>Read this.</Callout>", "Read this."),
    # A component that shows generated code leaves nothing.
    ("<Snippet src={snippets.python.dag.worker.declare_a_worker} />\n\nAfter", "After"),
    # Attributes over several lines, with braces, strings and > in them.
    ("<Snippet\n  src={a > b ? '}' : `{${c}`}\n  note='>'\n/>\n\nAfter", "After"),
    # Blank lines between the attributes of a component.
    ("<Snippet\n  src={a.b}\n\n/>\n<Snippet src={c} />\n\nAfter", "After"),
    # Inside a sentence.
    ("MCP endpoint: <McpUrl /> here", "MCP endpoint:  here"),
    # Titles, labels and alternative texts are read by the reader.
    ('<Callout title="Watch out">Hot</Callout>', "**Watch out** Hot"),
    ('<Image src="/a.png" alt="A worker" />', "A worker"),
    ('<img src="/a.png" alt="A worker" />', "A worker"),
    ('<Card title="Stripe" href="/stripe">\n  Payments.\n</Card>', "[Stripe](/stripe)\nPayments."),
    # Nextra's file tree, Mintlify's fields.
    ('<FileTree>\n  <FileTree.File name="a.py" />\n</FileTree>', "a.py"),
    ('<ParamField path="id" type="string" required>\n  The id.\n</ParamField>', "`id` `string`\nThe id."),
    # Imports, also over lines.
    ('import { Callout } from "nextra/components"\n\nText', "Text"),
    (
        'import {\n  McpUrl,\n  CursorTabLabel,\n} from "@/components/McpSetup";\nimport X from "x";\n\nText',
        "Text",
    ),
    ("import './style.css'\n\nText", "Text"),
    # Exports, also with blank lines and text that looks like Markdown inside.
    ('export const meta = {\n  title: "A",\n\n  tags: ["# b"],\n};\n\nText', "Text"),
    ("export default function Layout({ children }) {\n  return <div>{children}</div>;\n}\n\nText", "Text"),
    ("export const Hl = ({children}) => (\n  <b>{children}</b>\n);\n\nText", "Text"),
    # Prose that begins with these words.
    ("import the package first.", "import the package first."),
    ("export default settings from the panel.", "export default settings from the panel."),
    ("import data from the old server, then 'restart'.", "import data from the old server, then 'restart'."),
    # Code is not touched.
    (
        "```js\nimport a from 'a'\n<B c={d} />\n{/* e */}\n```",
        "```js\nimport a from 'a'\n<B c={d} />\n{/* e */}\n```",
    ),
    ("Use `<Callout>` and `{x}`.", "Use `<Callout>` and `{x}`."),
    ("Use `` `<b>` `` too.", "Use `` `<b>` `` too."),
    # Comments of both kinds, and a fence inside one.
    ("A{/* no */}B", "AB"),
    ("A\n\n{/*\n```\nno\n```\n*/}\n\nB", "A\n\nB"),
    ("A\n\n<!-- no\n\n# no -->\n\nB", "A\n\nB"),
    # Expressions: strings are text, a value keeps its name, code goes.
    ('A{" "}B', "A B"),
    ("{'A'} {`B`} {version} {items.map((i) => <li>{i}</li>)}", "A B {version}"),
    # Escaped braces and signs.
    (r"\{x\} and a < b", r"\{x\} and a < b"),
    # What is indented inside tags is no code, fences in it are.
    ("<Steps>\n    Deep text.\n    ```sh\n    run\n    ```\n</Steps>", "Deep text.\n\n```sh\nrun\n```"),
    # Tags inside a table's cells.
    ("| a |\n|---|\n| <b>x</b><br/>y |", "| a |\n|---|\n| x y |"),
    # A code element, a preformatted one.
    ("Run <code>a &lt; b</code>.", "Run `a < b`."),
    ('<pre><code class="language-js">let a;\n\nlet b;\n</code></pre>', "```js\nlet a;\n\nlet b;\n```"),
    # Styles and scripts are not read.
    ("<style>{`.a { color: red }`}</style>\n\nA", "A"),
    # Fragments.
    ("<>\nA\n</>", "A"),
    # Spread attributes.
    ("<Hl {...props}>A</Hl>", "A"),
    # Docusaurus's and VitePress's admonitions.
    (":::note[Mind this]\nA\n:::", "**Mind this**\n\nA"),
    (":::tip Mind this\n\nA\n\n:::", "**Mind this**\n\nA"),
    ("::: warning\nA\n:::", "**Warning**\n\nA"),
    # A tag that never closes, a brace that never does.
    ("<Callout>\nA\n\n## B", "A"),
    ("A <b c={ d", "A <b c={ d"),
    ("A { b", "A { b"),
]


@pytest.mark.parametrize(("source", "text"), SEEN)
def test_keeps_what_the_reader_sees(source: str, text: str) -> None:
    assert body(read(source)).strip() == text


def test_labels_of_tabs_become_headings_and_end_with_the_tab() -> None:
    document = read(
        "## Declaring a worker\n\nBefore:\n\n"
        '<UniversalTabs items={["Python", "Go"]}>\n  <Tabs.Tab>\n\n`a.py`\n\n  </Tabs.Tab>\n'
        "  <Tabs.Tab>\n    `a.go`\n  </Tabs.Tab>\n</UniversalTabs>\n\nAfter.\n"
    )
    assert outline(document) == [
        ("Declaring a worker",),
        ("Declaring a worker", "Python"),
        ("Declaring a worker", "Go"),
        ("Declaring a worker",),
    ]
    assert anchors(document) == ["declaring-a-worker"] * 4
    assert [heading.level for heading in document.sections[1].headings] == [2, 3]
    assert under(document, "Declaring a worker", "Python") == "`a.py`"
    assert under(document, "Declaring a worker", "Go") == "`a.go`"
    assert under(document, "Declaring a worker") == "Before:\n\nAfter."


LABELS = [
    # Nextra: by the list of labels, by title.
    ("<Tabs items={['npm', \"yarn\"]}><Tabs.Tab>\n\ntext\n\n</Tabs.Tab></Tabs>", "npm"),
    ('<UniversalTabs items={["a"]}>\n<Tabs.Tab title="Ruby">\ntext\n</Tabs.Tab></UniversalTabs>', "Ruby"),
    # Labels that are objects; one that is an icon has none.
    ('<Tabs items={[{ label: "npm", icon: <I /> }]}>\n<Tab>\ntext\n</Tab></Tabs>', "npm"),
    # Docusaurus: the label, else the value.
    ('<Tabs>\n<TabItem value="win" label="Windows" default>\ntext\n</TabItem></Tabs>', "Windows"),
    ('<TabItem value="win">text</TabItem>', "win"),
    ("<Tabs values={[{label: 'Apple', value: 'a'}]}>\n<TabItem value=\"a\">text</TabItem></Tabs>", "Apple"),
    # Mintlify.
    ('<Tab title="Node">\ntext\n</Tab>', "Node"),
    ('<Accordion title="Why so?">\ntext\n</Accordion>', "Why so?"),
    ('<Steps>\n<Step title="Install">\ntext\n</Step></Steps>', "Install"),
    # In an expression; with markup.
    ('<Tab title={"Node"}>\ntext\n</Tab>', "Node"),
    ('<Tab title="The `x` one">\ntext\n</Tab>', "The x one"),
    # Fumadocs: the value is a key where the labels are listed.
    ('<Tabs items={["Node.js"]}>\n<Tab value="node">\ntext\n</Tab></Tabs>', "Node.js"),
]


@pytest.mark.parametrize(("source", "label"), LABELS)
def test_finds_the_label(source: str, label: str) -> None:
    document = read(source)
    assert outline(document) == [(label,)]
    assert body(document) == "text"


def test_headings_inside_a_tab_stand_below_its_label() -> None:
    document = read(
        '# Log\n\n<Tabs>\n<Tab title="Python">\n\n## Use it\n\na\n\n</Tab>\n</Tabs>\n\nb\n\n## Next\n\nc\n'
    )
    assert outline(document) == [(), ("Python", "Use it"), (), ("Next",)]
    assert under(document) == "b"


def test_tabs_without_text_are_named_in_one_line() -> None:
    """Their code is generated elsewhere; four headings over nothing would be four pieces of noise."""
    document = read(
        '## A\n\nTo register:\n\n<Tabs>\n  <Tab title="Go">\n    <Snippet src={x} />\n  </Tab>\n'
        '  <Tab title="Ruby">\n    <Snippet src={y} />\n  </Tab>\n</Tabs>\n\nThen start.\n'
    )
    assert outline(document) == [("A",)]
    assert body(document) == "To register:\n\nGo, Ruby\n\nThen start."


def test_a_tab_in_a_list_stays_in_the_list() -> None:
    document = read(
        '1. First\n   <Tabs>\n   <Tab title="npm">\n\n   ```sh\n   npm i\n   ```\n\n'
        "   </Tab>\n   </Tabs>\n2. Second\n"
    )
    assert kinds(document) == ["list"]
    assert "**npm**" in body(document)
    assert "npm i" in body(document)


def test_a_list_keeps_its_levels_inside_indented_tags() -> None:
    document = read("<Step title='One'>\n      1. a\n         - b\n\n      2. c\n\n      d\n</Step>")
    assert kinds(document) == ["list", "prose"]
    assert body(document) == "1. a\n   - b\n\n2. c\n\nd"


def test_tabs_too_deep_for_headings_keep_their_labels_as_text() -> None:
    opened = "".join(f'<Tab title="t{number}">\n\n' for number in range(40))
    document = read(f"{opened}text")
    assert max(len(section.headings) for section in document.sections) <= 6
    assert all(f"t{number}" in body(document) + str(outline(document)) for number in range(40))


def test_markdown_that_imports_components_is_mdx() -> None:
    """Docusaurus reads `.md` files so."""
    document = read("import Tabs from '@theme/Tabs';\n\n<MyBox>\n    text {1 + 1}\n</MyBox>\n", "page.md")
    assert body(document) == "text"
    assert kinds(document) == ["prose"]
