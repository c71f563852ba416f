"""Loading a township or a whole county of sample data, in the order in which it really comes about."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

from cogov.access.models import User
from cogov.access.scope import SystemActor
from cogov.common.errors import RuleError
from cogov.common.periods import Period
from cogov.demo.sample import market, society
from cogov.demo.sample.deeds import default_rules, record_month
from cogov.demo.sample.people import Village as InventedVillage
from cogov.demo.sample.people import workbook_csv
from cogov.demo.sample.publicity import Publicity
from cogov.demo.sample.staff import Staff, VillageStaff
from cogov.jobs.services import work_until_done
from points.models import PointsRuleSet, PostingRule
from points.services.rulesets import add_rules, adopt_template, draft_rule_set, publish_rule_set
from reports.services import close_month
from villages.models import Township, Village, VillageGroup
from villages.services.import_divisions import import_divisions
from villages.services.import_households import import_households

DIVISIONS = Path(__file__).resolve().parents[3] / "villages" / "data" / "divisions-421223-chongyang.csv"


class Loader:
    """One run of load_demo. ``code`` is a township (9 digits) or a county (6)."""

    def __init__(
        self, *, actor: SystemActor, code: str, households: int, today: date, say: Callable[[str], object]
    ) -> None:
        self.actor, self.code, self.households, self.today, self.say = actor, code, households, today, say
        self.staff = Staff(actor, date(today.year - 1, 1, 1))
        self.village_staff: dict[int, VillageStaff] = {}
        self.rule_sets: dict[int, PointsRuleSet] = {}
        self.changed_over: dict[int, PointsRuleSet] = {}

    def run(self, periods: list[Period], *, close: bool) -> None:
        """Places, people, rules, deeds, closes. Raises CogovError when the code is not in the list of divisions."""
        import_divisions(actor=self.actor, data=DIVISIONS.read_bytes(), file_name=DIVISIONS.name)
        townships = self.townships()
        if not townships:
            raise RuleError(f"区划表里没有代码 {self.code}；演示数据只有崇阳县 421223")
        self.staff.county(townships[0].county_code, townships[0].county)
        index = {
            code: place
            for place, code in enumerate(Village.objects.order_by("code").values_list("code", flat=True))
        }
        for number, township in enumerate(townships):
            suffix = "" if number == 0 else f"{number + 1:02d}"
            drafter, publisher = self.staff.township(township, suffix, shown=number == 0)
            villages = self.villages(township)
            self._people(villages, index, suffix, first_township=number == 0)
            if number == 0:
                self._society(township, villages, drafter, publisher)
            if periods:
                self._rules(township, villages, drafter, publisher, periods[0].start)
                if number == 0 and len(villages) > 1 and len(periods) > 1:
                    self._publicity_first(villages[-1], periods[-1].start)
                self._deeds(villages, periods)
            notices = Publicity(self.actor, township, self.today, self.say)
            notices.telephones(villages if number == 0 else [], drafter, number)
            if close:
                self._close(township, periods)
            if close and periods and number == 0:
                notices.live_on(villages, self.village_staff, drafter, periods)

    def townships(self) -> list[Township]:
        """The townships to fill."""
        return list(Township.objects.filter(code__startswith=self.code).order_by("code"))

    def villages(self, township: Township) -> list[Village]:
        """The villages of a township to fill."""
        return list(township.villages.order_by("code"))

    def _people(
        self, villages: list[Village], index: dict[str, int], suffix: str, *, first_township: bool
    ) -> None:
        for number, village in enumerate(villages):
            first = first_township and number == 0
            mark = f"{suffix}{number + 1:02d}" if not first else ""
            self.village_staff[village.pk] = staff = self.staff.village(village, mark, shown=first)
            groups = 5 + index[village.code] % 4
            invented = InventedVillage(village.code, index[village.code], self.households, groups, self.today)
            data = workbook_csv(list(invented.families()))
            result = import_households(
                actor=staff.cadre, village=village, data=data, file_name=f"{village}户籍.csv"
            )
            if result.errors:
                raise RuleError(f"{village}的住户没有装入：{result.errors[0]}")
            self.say(f"  {village}：{result.households} 户")
            if first:
                group = VillageGroup.objects.filter(village=village).order_by("serial").first()
                self.staff.helpers(village, group.code if group else "")

    def _society(self, township: Township, villages: list[Village], drafter: User, publisher: User) -> None:
        """Organisations everywhere, and a full year at the first village."""
        society.fee_policy(township, drafter, publisher, self.today)
        for number, village in enumerate(villages):
            staff = self.village_staff[village.pk]
            society.found_societies(village, staff, self.today, complete=number == 0)
            if number == 0:
                society.collect_fees(village, staff, drafter, self.today)
                society.live_on(village, staff, drafter, self.today)
        self.say(f"  {township}：组织、建设清单和垃圾处理费")

    def _rules(
        self, township: Township, villages: list[Village], drafter: User, publisher: User, since: date
    ) -> None:
        year = date(since.year, 1, 1)
        template = draft_rule_set(
            actor=drafter,
            township=township,
            village=None,
            title=f"{township}积分制管理细则（样本）",
            effective_from=year,
        )
        add_rules(actor=drafter, rule_set=template, rules=default_rules())
        template = publish_rule_set(actor=publisher, rule_set=template)
        for village in villages:
            staff = self.village_staff[village.pk]
            adopted = adopt_template(
                actor=staff.cadre,
                village=village,
                template=template,
                effective_from=year,
                resolution=f"{year.year - 1}年12月20日{village}村民代表会议决议",
                resolved_on=date(year.year - 1, 12, 20),
            )
            self.rule_sets[village.pk] = publish_rule_set(actor=staff.secretary, rule_set=adopted)

    def _publicity_first(self, village: Village, since: date) -> None:
        """The last village has changed over: from the last month on its list hangs before anything is posted."""
        staff = self.village_staff[village.pk]
        draft = draft_rule_set(
            actor=staff.cadre,
            township=village.township,
            village=village,
            title=f"{village}积分制管理细则",
            effective_from=since,
            copy_from=self.rule_sets[village.pk],
            resolution=f"{since - timedelta(days=5):%Y年%-m月%-d日}{village}村民代表会议决议",
            resolved_on=since - timedelta(days=5),
            posting=PostingRule.PUBLICITY,
        )
        self.changed_over[village.pk] = publish_rule_set(actor=staff.secretary, rule_set=draft)

    def _rules_in(self, village: Village, period: Period) -> PointsRuleSet:
        """The rules in force in a month."""
        later = self.changed_over.get(village.pk)
        return (
            later
            if later is not None and later.effective_from <= period.start
            else self.rule_sets[village.pk]
        )

    def _deeds(self, villages: list[Village], periods: list[Period]) -> None:
        current = Period.month_of(self.today)
        for village in villages:
            staff = self.village_staff[village.pk]
            count = sum(
                record_month(village, staff, self._rules_in(village, period), period, self.today)
                for period in (*periods, current)
            )
            self.say(f"  {village}：{count} 条积分登记")

    def _close(self, township: Township, periods: list[Period]) -> None:
        """Close every month but the last here; the last is left to the workers, who show their progress.

        The first village has a supermarket: what a month has brought in is redeemed in the next one.
        """
        village = market.village_with_keeper(township)
        staff = self.village_staff[village.pk] if village else None
        shop = market.open_shop(village, staff, periods[0].start) if village and staff and periods else None
        for number, period in enumerate(periods):
            if shop is not None and staff is not None and number:
                sold = market.sell_month(shop, staff, period, self.today)
                self.say(f"  {shop}{period.label}：{sold} 笔兑换")
            if period is periods[-1]:
                close_month(actor=self.actor, code=township.code, period=period)
                continue
            # As the calendar would have done it: on the first of the next month.
            with market.at(period.next().start, 8, 30):
                close = close_month(actor=self.actor, code=township.code, period=period)
                state = work_until_done(close.job).get_state_display() if close.job else "没有任务"
            self.say(f"  {township}{period.label}月结：{state}")
