"""Make small workbooks and CSV files as agencies send them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import openpyxl

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    import pandas as pd

NAMES = {
    "kal_flow": ["Flow at Kal", "Расход Каль", "Гидропост Каль", "Kal gidroposti"],
    "akjar_flow": ["Flow at Akjar", "Расход Акджар", "Гидропост Акджар"],
    "shardara_inflow": ["Inflow to Shardara", "Приток к Шардаре", "Приток к Шардаринскому вдхр.", "Шардара су қоймасына ағын"],
    "toktogul_release": ["Toktogul release", "Попуск Токтогула", "Попуск Токтогульского водохранилища"],
    "naryn_toktogul": ["Naryn to Toktogul", "Нарын – Токтогул", "Приток к Токтогульскому водохранилищу"],
    "toktogul": ["Toktogul reservoir", "Токтогульское водохранилище", "Тоқтағұл су қоймасы"],
    "kayrakkum": ["Kayrakkum (Bahri Tojik) reservoir", "Кайраккумское водохранилище"],
    "dustlik_uz": ["Dustlik Canal, Uzbekistan", "Канал Дустлик, Узбекистан"],
    "dustlik_kz": ["Dostyk Canal, Kazakhstan", "Канал Достык, Казахстан", "Канал Дустлик, Казахстан"],
    "dustlik_head": ["Dustlik head gate", "Канал Дустлик"],
    "bekabad_uz": ["Bekabad Canal", "Канал Бекабад"],
    "toktogul_hpp": ["Toktogul hydropower plant", "Токтогульская ГЭС"],
}


def write_book(path: Path, sheets: Mapping[str, Sequence[Sequence[Any]]], merged: Iterable[str] = ()) -> Path:
    """Write sheets row by row; merged ranges are of the first sheet."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        page = book.create_sheet(name)
        for row in rows:
            page.append(list(row))
    for cells in merged:
        book.worksheets[0].merge_cells(cells)
    book.save(path)
    return path


def write_csv(path: Path, text: str, encoding: str = "utf-8") -> Path:
    """Write a text file."""
    path.write_bytes(text.encode(encoding))
    return path


def short(readings: pd.DataFrame) -> list[tuple[Any, ...]]:
    """Return place, quantity, source, start, end and value of each reading."""
    return [
        (row.place, row.quantity, row.source, f"{row.start:%m-%d}", f"{row.end:%m-%d}", round(float(row.value), 6))
        for row in readings.itertuples()
    ]
