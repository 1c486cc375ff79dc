// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IDealEscrow} from "../src/interfaces/IDealEscrow.sol";
import {EscrowTest} from "./base/EscrowTest.sol";

/// @title Every call, in every situation of a deal, by every kind of caller, before, at and after the deadline that runs.
/// @notice `_table` is the whole rule book. What it does not name must fail and change nothing.
contract MatrixTest is EscrowTest {
    enum Call {
        Open,
        OpenAndSettle,
        Submit,
        SubmitSigned,
        Forfeit,
        TimeoutSubmit,
        Settle,
        SettleOther, // a Result that the creator signed and the provider did not submit
        Claim,
        Close
    }
    /// @dev the seven ways in which a deal can be over come last
    enum Situation {
        None,
        Open,
        Submitted,
        Burned,
        Settled,
        SettledAtOnce,
        Claimed,
        Forfeited,
        TimedOut,
        ClosedByBoth
    }
    enum Who {
        Creator,
        Provider,
        Stranger
    }
    enum When {
        Before,
        At,
        After
    }

    struct Rule {
        bool allowed;
        bool providerOnly;
        bool upToDeadline;
        bool afterDeadline;
        bytes4 wrongCaller;
        bytes4 wrongTime;
    }

    uint256 private constant CHARGE = PRICE / 2;
    uint256 private constant OTHER_CHARGE = 1 ether;
    uint256 private constant SPLIT = 7 ether;
    mapping(Call => mapping(Situation => Rule)) private _rules;
    uint256 private _nonce;

    function setUp() public override {
        super.setUp();
        _table();
    }

    function _table() private {
        bytes4 expired = IDealEscrow.OpenExpired.selector;
        bytes4 late = IDealEscrow.TooLate.selector;
        bytes4 early = IDealEscrow.TooEarly.selector;
        bytes4 unsigned = IDealEscrow.BadSignature.selector;
        bytes4 notParty = IDealEscrow.NotParty.selector;
        Rule memory always = Rule(true, false, false, false, 0, 0);
        Rule memory byProvider = Rule(true, true, false, false, notParty, 0);

        _rules[Call.Open][Situation.None] = Rule(true, true, true, false, notParty, expired);
        _rules[Call.OpenAndSettle][Situation.None] = Rule(true, true, true, false, notParty, expired);
        _rules[Call.OpenAndSettle][Situation.Open] = byProvider;
        _rules[Call.Submit][Situation.Open] = Rule(true, true, true, false, unsigned, late);
        _rules[Call.SubmitSigned][Situation.Open] = Rule(true, false, true, false, 0, late);
        _rules[Call.Forfeit][Situation.Open] = Rule(true, true, true, false, notParty, late);
        _rules[Call.TimeoutSubmit][Situation.Open] = Rule(true, false, false, true, 0, early);
        _rules[Call.Settle][Situation.Open] = byProvider;
        _rules[Call.Settle][Situation.Submitted] = always;
        _rules[Call.SettleOther][Situation.Open] = byProvider;
        _rules[Call.SettleOther][Situation.Submitted] = byProvider;
        _rules[Call.Claim][Situation.Submitted] = Rule(true, false, false, true, 0, early);
        _rules[Call.Close][Situation.Open] = always;
        _rules[Call.Close][Situation.Submitted] = always;
    }

    function test_matrix_open() public {
        _row(Call.Open);
    }

    function test_matrix_openAndSettle() public {
        _row(Call.OpenAndSettle);
    }

    function test_matrix_submit() public {
        _row(Call.Submit);
    }

    function test_matrix_submitSigned() public {
        _row(Call.SubmitSigned);
    }

    function test_matrix_forfeit() public {
        _row(Call.Forfeit);
    }

    function test_matrix_timeoutSubmit() public {
        _row(Call.TimeoutSubmit);
    }

    function test_matrix_settle() public {
        _row(Call.Settle);
    }

    function test_matrix_settleOther() public {
        _row(Call.SettleOther);
    }

    function test_matrix_claim() public {
        _row(Call.Claim);
    }

    function test_matrix_close() public {
        _row(Call.Close);
    }

    function _row(Call call) private {
        for (uint256 s = 0; s <= uint256(type(Situation).max); ++s) {
            for (uint256 w = 0; w <= uint256(type(Who).max); ++w) {
                for (uint256 t = 0; t <= uint256(type(When).max); ++t) {
                    uint256 id = vm.snapshotState();
                    _cell(call, Situation(s), Who(w), When(t));
                    vm.revertToState(id);
                }
            }
        }
    }

    function _cell(Call call, Situation situation, Who who, When when) private {
        (IDealEscrow.Deal memory deal, uint256 deadline) = _arrange(situation);
        vm.warp(when == When.Before ? deadline - 1 : when == When.At ? deadline : deadline + 1);
        uint256 ofCreator = escrow.freeOf(creator);
        uint256 ofProvider = escrow.freeOf(provider);
        bytes memory data = _encode(call, deal);
        vm.prank(who == Who.Creator ? creator : who == Who.Provider ? provider : stranger);
        (bool success, bytes memory answer) = address(escrow).call(data);

        bytes4 expected = _expected(call, situation, who, when);
        if (expected == 0) {
            assertTrue(success, "must succeed");
            _assertEffect(call, situation, deal, ofCreator, ofProvider);
        } else {
            assertTrue(!success, "must fail");
            assertEq(bytes32(bytes4(answer)), bytes32(expected), "reason");
            assertEq(escrow.freeOf(creator), ofCreator, "creator untouched");
            assertEq(escrow.freeOf(provider), ofProvider, "provider untouched");
        }
    }

    function _expected(Call call, Situation situation, Who who, When when) private view returns (bytes4) {
        Rule memory rule = _rules[call][situation];
        if (!rule.allowed) {
            // the nonce is what an ended deal leaves behind; an open one is still there to be named
            bool ended = situation != Situation.Open && situation != Situation.Submitted;
            bool opens = call == Call.Open || call == Call.OpenAndSettle;
            if (opens && who != Who.Provider) return IDealEscrow.NotParty.selector;
            return call == Call.Open && ended ? IDealEscrow.NonceUsed.selector : IDealEscrow.WrongState.selector;
        }
        // submit looks at the clock first, the others at the caller; a cell that breaks both rules says what comes first
        bytes4 wrongTime = rule.upToDeadline && when == When.After || rule.afterDeadline && when != When.After
            ? rule.wrongTime
            : bytes4(0);
        bytes4 wrongCaller = rule.providerOnly && who != Who.Provider ? rule.wrongCaller : bytes4(0);
        if (call == Call.Submit) return wrongTime != 0 ? wrongTime : wrongCaller;
        return wrongCaller != 0 ? wrongCaller : wrongTime;
    }

    /// @dev What a successful call does to the two free balances and to the state.
    function _assertEffect(
        Call call,
        Situation situation,
        IDealEscrow.Deal memory deal,
        uint256 ofCreator,
        uint256 ofProvider
    ) private view {
        if (call == Call.Open) {
            assertState(deal, IDealEscrow.State.Open);
            assertEq(escrow.freeOf(creator), ofCreator - PRICE, "creator locked");
            assertEq(escrow.freeOf(provider), ofProvider - COLLATERAL, "provider locked");
            return;
        }
        if (call == Call.Submit || call == Call.SubmitSigned) {
            assertState(deal, IDealEscrow.State.Submitted);
            assertEq(escrow.freeOf(creator), ofCreator, "creator unchanged");
            assertEq(escrow.freeOf(provider), ofProvider, "provider unchanged");
            return;
        }
        uint256 toProvider = CHARGE + COLLATERAL;
        if (call == Call.SettleOther) toProvider = OTHER_CHARGE + COLLATERAL;
        if (call == Call.Forfeit) toProvider = COLLATERAL * 3 / 4;
        if (call == Call.TimeoutSubmit) toProvider = 0;
        if (call == Call.Close) toProvider = SPLIT;
        if (situation == Situation.None) (ofCreator, ofProvider) = (ofCreator - PRICE, ofProvider - COLLATERAL);
        assertState(deal, IDealEscrow.State.Closed);
        assertEq(escrow.freeOf(provider), ofProvider + toProvider, "provider paid");
        assertEq(escrow.freeOf(creator), ofCreator + PRICE + COLLATERAL - toProvider, "creator paid");
        (IDealEscrow.State state, uint64 deadline, bytes32 resultHash) = escrow.statusOf(idOf(deal));
        assertTrue(state == IDealEscrow.State.None && deadline == 0 && resultHash == 0, "record deleted");
    }

    /// @return deal one in the situation
    /// @return deadline openBefore, submitBy or reviewBy, whichever was the last to run
    function _arrange(Situation situation) private returns (IDealEscrow.Deal memory deal, uint256 deadline) {
        deal = dealWith(++_nonce);
        IDealEscrow.Result memory result = resultOf(deal, CHARGE);
        if (situation == Situation.None) return (deal, deal.openBefore);
        if (situation == Situation.Burned) {
            vm.prank(creator);
            escrow.burn(deal.nonce);
            return (deal, deal.openBefore);
        }
        if (situation == Situation.SettledAtOnce) {
            _act(Call.OpenAndSettle, deal);
            return (deal, deal.openBefore);
        }
        open(deal);
        deadline = block.timestamp + deal.submitWindow;
        if (situation == Situation.Submitted || situation == Situation.Claimed) {
            submit(deal, result);
            deadline = block.timestamp + deal.reviewWindow;
        }
        if (situation == Situation.Claimed || situation == Situation.TimedOut) vm.warp(deadline + 1);
        if (situation == Situation.Settled) _act(Call.Settle, deal);
        if (situation == Situation.Claimed) _act(Call.Claim, deal);
        if (situation == Situation.Forfeited) _act(Call.Forfeit, deal);
        if (situation == Situation.TimedOut) _act(Call.TimeoutSubmit, deal);
        if (situation == Situation.ClosedByBoth) _act(Call.Close, deal);
    }

    function _act(Call call, IDealEscrow.Deal memory deal) private {
        bytes memory data = _encode(call, deal);
        vm.prank(provider);
        (bool success,) = address(escrow).call(data);
        assertTrue(success, "arranged");
    }

    /// @dev The call with everything that can be signed, signed.
    function _encode(Call call, IDealEscrow.Deal memory deal) private view returns (bytes memory) {
        IDealEscrow.Result memory result = resultOf(deal, CHARGE);
        if (call == Call.Open) {
            return abi.encodeCall(IDealEscrow.open, (deal, sign(CREATOR_KEY, deal), sign(PROVIDER_KEY, deal)));
        }
        if (call == Call.OpenAndSettle) {
            bytes memory byProvider = sign(PROVIDER_KEY, deal);
            return abi.encodeCall(
                IDealEscrow.openAndSettle,
                (deal, result, sign(CREATOR_KEY, deal), byProvider, sign(CREATOR_KEY, result))
            );
        }
        if (call == Call.Submit) return abi.encodeCall(IDealEscrow.submit, (deal, result, ""));
        if (call == Call.SubmitSigned) {
            return abi.encodeCall(IDealEscrow.submit, (deal, result, sign(PROVIDER_KEY, result)));
        }
        if (call == Call.Forfeit) return abi.encodeCall(IDealEscrow.forfeit, (deal));
        if (call == Call.TimeoutSubmit) return abi.encodeCall(IDealEscrow.timeoutSubmit, (deal));
        if (call == Call.SettleOther) result.charge = OTHER_CHARGE;
        if (call == Call.Settle || call == Call.SettleOther) {
            return abi.encodeCall(IDealEscrow.settle, (deal, result, sign(CREATOR_KEY, result)));
        }
        if (call == Call.Claim) return abi.encodeCall(IDealEscrow.claim, (deal, result));
        IDealEscrow.Close memory agreed = closeOf(deal, SPLIT);
        return abi.encodeCall(IDealEscrow.close, (deal, agreed, sign(CREATOR_KEY, agreed), sign(PROVIDER_KEY, agreed)));
    }
}
